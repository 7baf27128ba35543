package dev.darkroom.prompt;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What may stand for {@code __name__}: the lines of {@code name.txt}, anywhere below the wildcards folder. Held in
 * memory; {@link #refresh} blocks, everything else does not. Safe from any thread.
 */
public final class Wildcards {

    /** Times that what was put in may hold wildcards again. */
    private static final int DEPTH = 64;

    /** Replacements in one text. */
    private static final int MOST_REPLACEMENTS = 1000;

    private static final int MOST_FILES = 10_000;
    private static final long LARGEST_FILE = 16 << 20;
    private static final long ALL_FILES = 64 << 20;
    private static final Pattern MARK = Pattern.compile("__([\\w-]+)__", Pattern.UNICODE_CHARACTER_CLASS);
    private static final String END = ".txt";

    private final @Nullable Path folder;
    private final AtomicReference<Map<String, List<String>>> files = new AtomicReference<>(Map.of());

    private Wildcards(@Nullable Path folder) {
        this.folder = folder;
    }

    /** Returns no wildcards. */
    public static Wildcards none() {
        return new Wildcards(null);
    }

    /**
     * Reads a folder.
     *
     * @param problems hears a sentence about each file that can't be used
     */
    public static Wildcards open(Path folder, Consumer<String> problems) {
        Wildcards wildcards = new Wildcards(folder);
        wildcards.refresh(problems);
        return wildcards;
    }

    /** Reads the folder again. */
    public void refresh(Consumer<String> problems) {
        if (folder == null || !Files.isDirectory(folder)) {
            files.set(Map.of());
            return;
        }
        List<Path> found;
        try (Stream<Path> tree = Files.walk(folder, 8)) {
            // files that stand higher win over those of the same name in folders below
            found = tree.filter(file -> file.getFileName().toString().endsWith(END))
                    .filter(Files::isRegularFile)
                    .limit(MOST_FILES)
                    .sorted(Comparator.comparingInt(Path::getNameCount).thenComparing(Comparator.naturalOrder()))
                    .toList();
        } catch (IOException | RuntimeException unreadable) {
            problems.accept("The wildcards folder %s can't be read: %s.".formatted(folder, unreadable.getMessage()));
            return;
        }
        Map<String, List<String>> read = new TreeMap<>();
        long room = ALL_FILES;
        for (Path file : found) {
            String name = file.getFileName().toString();
            String stem = name.substring(0, name.length() - END.length());
            if (read.containsKey(stem)) {
                continue;
            }
            try {
                long size = Files.size(file);
                if (size > Math.min(LARGEST_FILE, room)) {
                    problems.accept("The wildcards file %s is too large and is ignored.".formatted(file));
                    continue;
                }
                room -= size;
                read.put(
                        stem,
                        Files.readAllLines(file, StandardCharsets.UTF_8).stream()
                                .filter(line -> !line.isBlank())
                                .toList());
            } catch (CharacterCodingException otherLetters) {
                problems.accept("The wildcards file %s is not written in UTF-8 and is ignored.".formatted(file));
            } catch (IOException unreadable) {
                problems.accept("The wildcards file %s can't be read and is ignored.".formatted(file));
            }
        }
        files.set(read);
    }

    /** Returns the names that have lines. */
    public List<String> names() {
        return files.get().entrySet().stream()
                .filter(file -> !file.getValue().isEmpty())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Puts lines in the place of names; a name without lines stays as a word. */
    String resolve(String text, Choice choice) {
        Map<String, List<String>> known = files.get();
        String resolved = text;
        int replacements = 0;
        for (int pass = 0; pass < DEPTH; pass++) {
            List<String> names =
                    MARK.matcher(resolved).results().map(mark -> mark.group(1)).toList();
            if (names.isEmpty()) {
                return resolved;
            }
            for (String name : names) {
                List<String> lines = known.getOrDefault(name, List.of());
                String line = lines.isEmpty() ? name : choice.of(lines);
                resolved = replaceFirst(resolved, "__" + name + "__", line);
                if (++replacements == MOST_REPLACEMENTS || resolved.length() > PromptLines.LONGEST) {
                    return withoutMarks(resolved);
                }
            }
        }
        return withoutMarks(resolved);
    }

    private static String replaceFirst(String text, String mark, String line) {
        int at = text.indexOf(mark);
        return at < 0 ? text : text.substring(0, at) + line + text.substring(at + mark.length());
    }

    private static String withoutMarks(String text) {
        String words = MARK.matcher(text).replaceAll(mark -> Matcher.quoteReplacement(mark.group(1)));
        return words.length() > PromptLines.LONGEST ? words.substring(0, PromptLines.LONGEST) : words;
    }

    /** Takes one of several lines. */
    interface Choice {
        String of(List<String> lines);

        /** @param image whose random numbers choose, or whose index does */
        static Choice of(PythonRandom random, int image, boolean inOrder) {
            return inOrder ? lines -> lines.get(image % lines.size()) : random::choice;
        }
    }
}
