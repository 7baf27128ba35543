package dev.darkroom.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which files of a tokenizer are taken, and how the others are told. */
class TokenizerFilesTest {

    private static final TinyClipVocabulary VOCABULARY = TinyClipVocabulary.create();
    private static final String END = "\"<|endoftext|>\":" + (VOCABULARY.size() - 1);

    @TempDir
    private Path folder;

    @BeforeEach
    void writes() throws IOException {
        for (String file : VOCABULARY.files().keySet()) {
            Files.writeString(folder.resolve(file), VOCABULARY.files().get(file));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {"\"x\"", "\"3\"", "-1", "524", "4294967296", "1.5", "null", "[3]"})
    void aTokenWithoutANumberOfTheVocabularyIsRefused(String id) throws Exception {
        assertThat(VOCABULARY.size()).isEqualTo(524);
        replace("vocab.json", END, "\"<|endoftext|>\":" + id);
        assertRefused(
                null, "vocab.json: the token \"<|endoftext|>\" must have a whole number from 0 to 523, found " + id);
    }

    @Test
    void theTextEncoderSaysWhichNumbersItKnows() throws Exception {
        assertRefused(523, "the token \"<|endoftext|>\" must have a whole number from 0 to 522, found 523");
        replace("vocab.json", END, "\"<|endoftext|>\":600");
        assertThat(TokenizerFolder.open(folder, 601).end()).isEqualTo(600);
    }

    @Test
    void moreLinesThanTheTextEncoderKnowsAreRefused() throws Exception {
        Files.delete(folder.resolve("vocab.json"));
        Files.writeString(folder.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n");
        assertThat(TokenizerFolder.open(folder, 5).vocabularySize()).isEqualTo(5);
        assertRefused(4, "vocab.txt has 5 tokens, but the text encoder knows 4");
    }

    @Test
    void aVocabularyInTheWholeTokenizersFileIsReadTheSameWay() throws Exception {
        Files.delete(folder.resolve("vocab.json"));
        Files.writeString(
                folder.resolve("tokenizer.json"),
                "{\"model\": {\"type\": \"WordPiece\", \"vocab\": {\"[UNK]\": 0, \"[CLS]\": -1}}}");
        assertRefused(null, "tokenizer.json: the token \"[CLS]\" must have a whole number from 0 to 1, found -1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{\"model_max_length\": \"many\"} ; model_max_length must be a number, found \"many\"",
                "{\"do_lower_case\": \"false\"} ; do_lower_case must be true or false, found \"false\"",
                "{\"strip_accents\": 1} ; strip_accents must be true or false, found 1",
                "\"x\" ; holds no JSON object"
            })
    void aConfigurationOfOtherTypesIsRefused(String json, String problem) throws Exception {
        Files.delete(folder.resolve("vocab.json"));
        Files.writeString(folder.resolve("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n");
        Files.writeString(folder.resolve("tokenizer_config.json"), json);
        assertRefused(null, problem);
    }

    @Test
    void aLimitThatIsNoneIsTheUsualOne() throws Exception {
        Files.writeString(
                folder.resolve("tokenizer_config.json"), "{\"model_max_length\": 1000000000000000019884624838656}");
        assertThat(TokenizerFolder.open(folder, null).limit()).isEqualTo(77);
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"model_max_length\": null}");
        assertThat(TokenizerFolder.open(folder, null).limit()).isEqualTo(77);
    }

    private void replace(String file, String before, String after) throws IOException {
        String text = Files.readString(folder.resolve(file));
        assertThat(text).contains(before);
        Files.writeString(folder.resolve(file), text.replace(before, after));
    }

    private void assertRefused(@Nullable Integer known, String problem) {
        assertThatThrownBy(() -> TokenizerFolder.open(folder, known))
                .isInstanceOf(TokenizerException.class)
                .hasMessageContaining(problem);
    }
}
