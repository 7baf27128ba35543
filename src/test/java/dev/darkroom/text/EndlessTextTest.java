package dev.darkroom.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a text costs is bounded by the tokens that a model takes, whatever somebody sends. */
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class EndlessTextTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"the", "thecatdog", "the cat ", "é", "-", "1", "<|endoftext|>"})
    void aTextOfAMillionLettersIsCutAsOneThatIsALittleTooLong(String part) throws Exception {
        for (Map.Entry<String, String> file :
                TinyClipVocabulary.create().files().entrySet()) {
            Files.writeString(folder.resolve(file.getKey()), file.getValue());
        }
        Tokenizer tokenizer = TokenizerFolder.open(folder, null);
        int[] tokens = tokenizer.encode(part.repeat(1_000_000 / part.length()), 77);
        assertThat(tokens).hasSize(77).isEqualTo(tokenizer.encode(part.repeat(200), 77));
    }
}
