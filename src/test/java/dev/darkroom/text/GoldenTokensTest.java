package dev.darkroom.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The tokens of a few hundred odd texts as Hugging Face's tokenizers 0.23 gives them, with vocabularies trained on the
 * same texts.
 */
class GoldenTokensTest {

    @ParameterizedTest
    @CsvSource({"wordpiece,wordpiece,32", "cased,cased,32", "clip,clip,77", "clip-json,clip,77"})
    void tokensAreTheReferences(String folder, String golden, int limit) throws Exception {
        Path texts = resources();
        Tokenizer tokenizer = TokenizerFolder.open(texts.resolve(folder), null);
        JsonNode cases = new ObjectMapper()
                .readTree(texts.resolve(golden + "-golden.json").toFile());
        assertThat(cases.size()).isGreaterThan(300);
        List<String> wrong = new ArrayList<>();
        for (JsonNode one : cases) {
            int[] expected = StreamSupport.stream(one.get("ids").spliterator(), false)
                    .mapToInt(JsonNode::asInt)
                    .toArray();
            int[] actual = tokenizer.encode(one.get("text").asText(), limit);
            if (!Arrays.equals(expected, actual)) {
                wrong.add("%s: expected %s, found %s"
                        .formatted(one.get("text"), Arrays.toString(expected), Arrays.toString(actual)));
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static Path resources() throws Exception {
        URL here = Objects.requireNonNull(GoldenTokensTest.class.getResource("clip-golden.json"));
        return Path.of(here.toURI()).getParent();
    }
}
