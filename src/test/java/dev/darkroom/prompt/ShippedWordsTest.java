package dev.darkroom.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds what the word lists promise that come with Darkroom: the phrases of the expansion, and the wildcards. */
class ShippedWordsTest {

    private static final Path WILDCARDS = Path.of("conf", "wildcards");

    /** Made of other lists. */
    private static final String COMPOSED = "color_flower";

    private static final JsonNode EXPANSION = expansion();
    private static final Map<String, List<String>> LISTS = lists();

    @Test
    void everyGroupOffersThirtyToSixtyPhrases() {
        assertThat(entries(EXPANSION.path("groups")))
                .hasSizeGreaterThanOrEqualTo(8)
                .filteredOn(group -> group.path("phrases").size() < 30
                        || group.path("phrases").size() > 60
                        || group.path("about").asText().isEmpty())
                .extracting(group -> group.path("name").asText())
                .isEmpty();
    }

    @Test
    void aPhraseHasOneToFourPlainWords() {
        assertThat(phrases())
                .extracting(phrase -> phrase.path("text").asText())
                .filteredOn(text -> !text.matches("[a-z0-9-]+( [a-z0-9-]+){0,3}"))
                .isEmpty();
    }

    @Test
    void noPhraseStandsTwice() {
        List<String> texts =
                phrases().stream().map(phrase -> phrase.path("text").asText()).toList();
        Set<String> seen = new HashSet<>();
        assertThat(texts).filteredOn(text -> !seen.add(text)).isEmpty();
    }

    @Test
    void aPhraseSuitsOnlySubjectsThatWordsTellOf() {
        Set<String> subjects = new HashSet<>(subjects());
        assertThat(phrases())
                .filteredOn(phrase -> phrase.has("suits")
                        && (phrase.path("suits").isEmpty()
                                || entries(phrase.path("suits")).stream()
                                        .anyMatch(subject -> !subjects.contains(subject.asText()))))
                .extracting(phrase -> phrase.path("text").asText())
                .isEmpty();
    }

    @Test
    void everySubjectHasEightOrMoreWordsThatTell() {
        for (String subject : subjects()) {
            assertThat(entries(EXPANSION.path("subjects").path(subject)))
                    .as(subject)
                    .extracting(JsonNode::asText)
                    .hasSizeGreaterThanOrEqualTo(8)
                    .doesNotHaveDuplicates()
                    .allMatch(word -> word.matches("[a-z0-9]+"));
        }
    }

    @Test
    void aPromptOfAnySubjectOrOfNoneFindsPhrasesInFiveGroups() {
        List<String> prompts = new ArrayList<>(subjects());
        prompts.add("nothing that a word tells of");
        assertThat(prompts).filteredOn(subject -> groupsFor(subject) < 5).isEmpty();
    }

    @Test
    void everyWildcardListHasThirtyToAHundredDifferentLines() {
        assertThat(LISTS).hasSizeGreaterThanOrEqualTo(12).containsKeys("animal", "color", "flower");
        LISTS.forEach((name, lines) -> {
            assertThat(name).matches("[\\w-]+");
            assertThat(lines)
                    .as(name)
                    .doesNotHaveDuplicates()
                    .allMatch(line -> line.matches("[A-Za-z0-9'_-]+( [A-Za-z0-9'_-]+)*"));
            if (!name.equals(COMPOSED)) {
                assertThat(lines.size()).as(name).isBetween(30, 100);
            }
        });
    }

    @Test
    void theComposedListNamesListsThatAreThere() {
        assertThat(LISTS.get(COMPOSED)).containsExactly("__color__ __flower__");
    }

    /** Counts the groups that have three phrases or more for it. */
    private static long groupsFor(String subject) {
        return entries(EXPANSION.path("groups")).stream()
                .filter(group -> entries(group.path("phrases")).stream()
                                .filter(phrase -> !phrase.has("suits")
                                        || entries(phrase.path("suits")).stream()
                                                .anyMatch(suited ->
                                                        suited.asText().equals(subject)))
                                .count()
                        >= 3)
                .count();
    }

    private static List<String> subjects() {
        List<String> subjects = new ArrayList<>();
        EXPANSION.path("subjects").fieldNames().forEachRemaining(subjects::add);
        return subjects;
    }

    private static List<JsonNode> phrases() {
        return entries(EXPANSION.path("groups")).stream()
                .flatMap(group -> entries(group.path("phrases")).stream())
                .toList();
    }

    private static List<JsonNode> entries(JsonNode list) {
        List<JsonNode> entries = new ArrayList<>();
        list.forEach(entries::add);
        return entries;
    }

    private static JsonNode expansion() {
        try (InputStream in = ShippedWordsTest.class.getResourceAsStream("expansion.json")) {
            return new ObjectMapper().readTree(in);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static Map<String, List<String>> lists() {
        Map<String, List<String>> lists = new TreeMap<>();
        try (Stream<Path> files = Files.list(WILDCARDS)) {
            for (Path file : files.toList()) {
                String name = file.getFileName().toString();
                assertThat(name).endsWith(".txt");
                lists.put(name.substring(0, name.length() - ".txt".length()), Files.readAllLines(file));
            }
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        return lists;
    }
}
