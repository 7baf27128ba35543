package dev.darkroom.prompt;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The styles that requests may name: Fooocus' 279 names, and what further files hold. A name whose file is missing is
 * known all the same, and changes nothing. Immutable.
 */
public final class Styles {

    /** Switches the expansion of the prompt on. */
    public static final String EXPANSION = "Fooocus V2";

    /** Stands for another one, drawn for each image. */
    public static final String RANDOM = "Random Style";

    private static final List<String> SHIPPED = List.of("fooocus", "sai", "mre", "twri", "diva", "marc_k3nt3l");
    private static final String NAMES = "fooocus/style-names.txt";

    private final Map<String, Style> texts;
    private final Set<String> names;
    private final List<Style> drawn;

    /** @param first styles whose names are listed before Fooocus' own */
    private Styles(Map<String, Style> texts, Collection<String> first) {
        this.texts = texts;
        Set<String> all = new LinkedHashSet<>(List.of(EXPANSION, RANDOM));
        all.addAll(first);
        all.addAll(publicNames());
        all.addAll(texts.keySet());
        names = Collections.unmodifiableSet(all);
        drawn = all.stream().filter(texts::containsKey).map(texts::get).toList();
    }

    /** Returns the public names alone, none of which has a text. */
    public static Styles withoutTexts() {
        return new Styles(Map.of(), List.of());
    }

    /**
     * Reads the files {@code *.json} of a folder: the user's own first, by name, then Fooocus' six. Where two hold the
     * same name, the first wins, so that a user's file changes a style.
     *
     * @param problems hears a sentence about each file that can't be used
     */
    public static Styles open(Path folder, Consumer<String> problems) {
        if (!Files.isDirectory(folder)) {
            problems.accept("There is no folder %s, so styles change nothing.".formatted(folder));
            return withoutTexts();
        }
        List<Path> files;
        try (Stream<Path> entries = Files.list(folder)) {
            files = entries.filter(file -> file.getFileName().toString().endsWith(".json"))
                    .filter(Files::isRegularFile)
                    .sorted(Comparator.comparingInt(Styles::place).thenComparing(Comparator.naturalOrder()))
                    .toList();
        } catch (IOException unreadable) {
            problems.accept("The styles folder %s can't be read: %s.".formatted(folder, unreadable.getMessage()));
            return withoutTexts();
        }
        Map<String, Style> texts = new LinkedHashMap<>();
        List<String> own = new ArrayList<>();
        for (Path file : files) {
            for (Style style : StyleFile.read(file, problems)) {
                if (style.name().equals(EXPANSION) || style.name().equals(RANDOM)) {
                    problems.accept("%s: \"%s\" is no template and can't get a text.".formatted(file, style.name()));
                } else if (texts.putIfAbsent(style.name(), style) == null && place(file) < 0) {
                    own.add(style.name());
                }
            }
        }
        return new Styles(texts, own);
    }

    /** Returns -1 for a user's file, else the place among Fooocus' own. */
    private static int place(Path file) {
        String name = file.getFileName().toString();
        String stem = name.substring(0, name.length() - ".json".length());
        for (int i = 0; i < SHIPPED.size(); i++) {
            if (stem.equals(SHIPPED.get(i)) || stem.equals("sdxl_styles_" + SHIPPED.get(i))) {
                return i;
            }
        }
        return -1;
    }

    private static List<String> publicNames() {
        try (InputStream in = Styles.class.getClassLoader().getResourceAsStream(NAMES)) {
            if (in == null) {
                throw new IllegalStateException("not on the class path: " + NAMES);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** Returns what {@code style_selections} may hold, as it is listed: the two that are no templates first. */
    public List<String> names() {
        return List.copyOf(names);
    }

    /** Tells whether a request may name it. */
    public boolean contains(String name) {
        return names.contains(name);
    }

    /** Returns the template of that name, if it has one. */
    public Optional<Style> find(String name) {
        return Optional.ofNullable(texts.get(name));
    }

    /**
     * Returns the styles whose texts stand in what was encoded, in order, for pictures whose file does not name them.
     *
     * @param prompt as the user typed it
     * @param positive everything that was encoded for it, joined by commas
     * @param negative the same of the negative prompt
     */
    public List<String> recognise(String prompt, String positive, String negative) {
        return new StyleRecognition(prompt, positive, negative).among(drawn);
    }

    /** Draws one of all templates, or nothing if there are none. */
    Optional<Style> draw(PythonRandom random) {
        return drawn.isEmpty() ? Optional.empty() : Optional.of(random.choice(drawn));
    }
}
