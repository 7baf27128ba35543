package dev.darkroom.prompt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Adds phrases to a prompt that suit what it names, such as a light, a lens or a mood. Which ones is drawn from the
 * seed: the same prompt and seed give the same phrases. No phrase repeats a word of the prompt or of another phrase.
 * Immutable.
 */
public final class PromptExpansion {

    private static final String BUILT_IN = "expansion.json";
    private static final int FEWEST = 5;
    private static final int MOST = 8;

    /** @param suits subjects that it needs one of; empty for any prompt */
    private record Phrase(String text, Set<String> suits, Set<String> words) {}

    private record Pick(int group, String text) {}

    /** By subject, the words that tell of it. */
    private final Map<String, Set<String>> subjects;

    private final List<List<Phrase>> groups;

    private PromptExpansion(Map<String, Set<String>> subjects, List<List<Phrase>> groups) {
        this.subjects = subjects;
        this.groups = groups;
    }

    /** Returns the expansion that comes with Darkroom. */
    public static PromptExpansion builtIn() {
        try (InputStream in = PromptExpansion.class.getResourceAsStream(BUILT_IN)) {
            return in == null ? none() : of(new ObjectMapper().readTree(in));
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** Returns one that adds nothing. */
    public static PromptExpansion none() {
        return new PromptExpansion(Map.of(), List.of());
    }

    /**
     * Reads {@code {"subjects": {subject: [word]}, "groups": [{"phrases": [{"text", "suits": [subject]}]}]}}; a phrase
     * without {@code suits} suits everything.
     */
    static PromptExpansion of(JsonNode file) {
        Map<String, Set<String>> subjects = new LinkedHashMap<>();
        file.path("subjects").fields().forEachRemaining(subject -> subjects.put(subject.getKey(), words(subject)));
        List<List<Phrase>> groups = new ArrayList<>();
        for (JsonNode group : file.path("groups")) {
            List<Phrase> phrases = new ArrayList<>();
            for (JsonNode phrase : group.path("phrases")) {
                String text = phrase.path("text").asText();
                phrases.add(new Phrase(text, texts(phrase.path("suits")), PromptWords.of(text)));
            }
            groups.add(List.copyOf(phrases));
        }
        return new PromptExpansion(subjects, List.copyOf(groups));
    }

    private static Set<String> words(Map.Entry<String, JsonNode> subject) {
        Set<String> words = new HashSet<>();
        texts(subject.getValue()).forEach(word -> words.addAll(PromptWords.of(word)));
        return words;
    }

    private static Set<String> texts(JsonNode list) {
        Set<String> texts = new HashSet<>();
        list.forEach(text -> texts.add(text.asText()));
        return texts;
    }

    /**
     * Returns the prompt with phrases behind it, or an empty text if there is no prompt or no room behind it.
     *
     * @param seed whose random numbers choose
     * @param textTokens how many tokens of a text the model reads, marks included
     */
    public String expand(String prompt, long seed, int textTokens) {
        List<String> phrases = phrases(prompt, seed, textTokens);
        return phrases.isEmpty() ? "" : prompt + ", " + String.join(", ", phrases);
    }

    /** Returns what {@link #expand} adds. */
    List<String> phrases(String prompt, long seed, int textTokens) {
        Set<String> used = new HashSet<>(PromptWords.of(prompt));
        if (used.isEmpty()) {
            return List.of();
        }
        Set<String> about = subjectsOf(used);
        PythonRandom random = new PythonRandom(seed);
        int wanted = FEWEST + random.below(MOST - FEWEST + 1);
        int room = room(PromptWords.tokens(prompt), textTokens);
        List<Integer> order = new ArrayList<>();
        for (int group = 0; group < groups.size(); group++) {
            order.add(group);
        }
        random.shuffle(order);
        List<Pick> picks = new ArrayList<>();
        for (int group : order) {
            if (picks.size() == wanted) {
                break;
            }
            List<Phrase> fitting = fitting(groups.get(group), about, used, room);
            if (!fitting.isEmpty()) {
                Phrase phrase = random.choice(fitting);
                picks.add(new Pick(group, phrase.text()));
                used.addAll(phrase.words());
                room -= cost(phrase);
            }
        }
        // as a person would say it: in the file's order
        return picks.stream()
                .sorted(Comparator.comparingInt(Pick::group))
                .map(Pick::text)
                .toList();
    }

    /** What is begun is filled: a text's chunk, or as much of it as the model reads. */
    private static int room(int tokens, int textTokens) {
        int chunk = Math.min(PromptWords.CHUNK, textTokens - PromptWords.MARKS);
        int begun = (tokens + chunk - 1) / chunk * chunk;
        return begun <= textTokens - PromptWords.MARKS ? begun - tokens : 0;
    }

    private Set<String> subjectsOf(Collection<String> words) {
        Set<String> about = new HashSet<>();
        subjects.forEach((subject, telling) -> {
            if (telling.stream().anyMatch(words::contains)) {
                about.add(subject);
            }
        });
        return about;
    }

    private static List<Phrase> fitting(List<Phrase> phrases, Set<String> about, Set<String> used, int room) {
        return phrases.stream()
                .filter(phrase ->
                        phrase.suits().isEmpty() || phrase.suits().stream().anyMatch(about::contains))
                .filter(phrase -> phrase.words().stream().noneMatch(used::contains))
                .filter(phrase -> cost(phrase) <= room)
                .toList();
    }

    /** The comma before it counts too. */
    private static int cost(Phrase phrase) {
        return 1 + PromptWords.tokens(phrase.text());
    }
}
