package dev.darkroom.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizedPromptTest {

    @TempDir
    private Path folder;

    private Tokenizer tokenizer;

    @BeforeEach
    void opensTheTokenizer() throws Exception {
        for (Map.Entry<String, String> file :
                TinyClipVocabulary.create().files().entrySet()) {
            Files.writeString(folder.resolve(file.getKey()), file.getValue());
        }
        tokenizer = TokenizerFolder.open(folder, null);
    }

    @Test
    void anEmptyPromptIsOneChunkOfMarks() {
        TokenizedPrompt prompt = tokenize("", 77, 4);
        assertThat(prompt.chunks()).hasSize(1);
        assertThat(prompt.chunks().get(0).ids()).containsExactly(tokenizer.start(), tokenizer.end());
        assertThat(prompt.chunks().get(0).weighted()).isFalse();
        assertThat(prompt.cut()).isNull();
    }

    @Test
    void everyTokenHasTheWeightOfItsPart() {
        TokenChunk chunk = tokenize("the (cat:1.5) dog", 77, 4).chunks().get(0);
        assertThat(chunk.ids()).isEqualTo(tokenizer.encode("the cat dog", 77));
        assertThat(chunk.weights()).containsExactly(1, 1, 1.5f, 1, 1);
        assertThat(chunk.weighted()).isTrue();
    }

    @Test
    void aLongPromptBecomesSeveralChunksEachWithMarks() {
        List<TokenChunk> chunks = tokenize("the cat ".repeat(80), 77, 4).chunks();
        assertThat(chunks).extracting(chunk -> chunk.ids().length).containsExactly(77, 77, 12);
        assertThat(chunks).allSatisfy(chunk -> {
            assertThat(chunk.ids()[0]).isEqualTo(tokenizer.start());
            assertThat(chunk.ids()[chunk.ids().length - 1]).isEqualTo(tokenizer.end());
            assertThat(chunk.weights()).hasSameSizeAs(chunk.ids());
        });
    }

    @Test
    void aShortWordMovesToTheNextChunkWholeAndALongOneDoesNot() {
        // "dogx" is three tokens, and four of five are taken
        List<TokenChunk> moved = tokenize("the the the the dogx", 7, 4).chunks();
        assertThat(moved).extracting(chunk -> chunk.ids().length).containsExactly(6, 5);
        List<TokenChunk> broken = tokenize("the " + "x".repeat(9), 7, 4).chunks();
        assertThat(broken).extracting(chunk -> chunk.ids().length).containsExactly(7, 7);
    }

    @Test
    void whatFindsNoRoomIsNamed() {
        TokenizedPrompt prompt = tokenize("the cat ".repeat(5) + "house dog", 8, 2);
        assertThat(prompt.chunks()).extracting(chunk -> chunk.ids().length).containsExactly(8, 8);
        assertThat(prompt.cut()).isEqualTo("house");
        assertThat(tokenize("the cat ".repeat(6), 8, 2).cut()).isNull();
    }

    private TokenizedPrompt tokenize(String prompt, int length, int most) {
        return TokenizedPrompt.of(PromptWeights.parse(prompt), tokenizer, length, most);
    }
}
