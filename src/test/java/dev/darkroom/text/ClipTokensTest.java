package dev.darkroom.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.tukaani.xz.XZInputStream;

/**
 * CLIP's own vocabulary gives 10,000 odd texts (emoji, accents, scripts, control characters, very long ones) the tokens
 * that transformers' CLIPTokenizerFast gives them. Both files come from {@code src/test/golden/clip_tokens.py}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClipTokensTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private static Path folder;

    private Tokenizer tokenizer;

    @BeforeAll
    void opensTheVocabulary() throws Exception {
        List<String> merges = lines("clip-merges.txt.xz");
        List<String> letters = IntStream.range(0, 256)
                .mapToObj(value -> String.valueOf(ByteLetters.letter((byte) value)))
                .sorted()
                .toList();
        Map<String, Integer> vocabulary = new LinkedHashMap<>();
        letters.forEach(letter -> vocabulary.put(letter, vocabulary.size()));
        letters.forEach(letter -> vocabulary.put(letter + "</w>", vocabulary.size()));
        merges.forEach(merge -> vocabulary.put(merge.replace(" ", ""), vocabulary.size()));
        vocabulary.put("<|startoftext|>", vocabulary.size());
        vocabulary.put("<|endoftext|>", vocabulary.size());
        assertThat(vocabulary).hasSize(49408);
        JSON.writeValue(folder.resolve("vocab.json").toFile(), vocabulary);
        Files.write(folder.resolve("merges.txt"), merges);
        tokenizer = TokenizerFolder.open(folder, null);
    }

    @Test
    void tokensOfTenThousandTextsAreTheReferences() throws Exception {
        List<String> wrong = new ArrayList<>();
        List<String> rows = lines("clip-strings.jsonl.xz");
        assertThat(rows).hasSize(10_000);
        for (String row : rows) {
            JsonNode one = JSON.readTree(row);
            int[] ids = tokenizer.encode(one.get(0).asText(), 1_000_000);
            if (ids.length != one.get(1).asInt() || checksum(ids) != one.get(2).asLong()) {
                wrong.add(escaped(one.get(0).asText()) + " " + Arrays.toString(ids));
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void aPhotoOfACatHasTheNumbersThatEverybodyKnows() {
        assertThat(tokenizer.encode("a photo of a cat", 77)).containsExactly(49406, 320, 1125, 539, 320, 2368, 49407);
    }

    private static long checksum(int[] ids) {
        CRC32 checksum = new CRC32();
        checksum.update(Arrays.stream(ids)
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(","))
                .getBytes(StandardCharsets.US_ASCII));
        return checksum.getValue();
    }

    private static String escaped(String text) {
        return text.codePoints()
                .limit(40)
                .mapToObj(
                        letter -> letter > ' ' && letter < 0x7F ? Character.toString(letter) : "<%x>".formatted(letter))
                .collect(Collectors.joining());
    }

    private static List<String> lines(String name) throws IOException {
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                new XZInputStream(Objects.requireNonNull(ClipTokensTest.class.getResourceAsStream(name))),
                StandardCharsets.UTF_8))) {
            List<String> lines = new ArrayList<>();
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
            }
            return lines;
        }
    }
}
