package dev.darkroom.prompt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The presets that requests may name: {@code initial}, which changes nothing, and a folder's files. Immutable. */
public final class Presets {

    private static final String END = ".json";

    private final Map<String, Preset> presets;

    private Presets(Map<String, Preset> files) {
        presets = new LinkedHashMap<>();
        presets.put(Preset.INITIAL, Preset.NONE);
        files.forEach(presets::putIfAbsent);
    }

    /** Returns {@code initial} alone. */
    public static Presets none() {
        return new Presets(Map.of());
    }

    /**
     * Reads the files {@code NAME.json} of a folder.
     *
     * @param problems hears a sentence about each file that can't be used
     */
    public static Presets open(Path folder, Consumer<String> problems) {
        if (!Files.isDirectory(folder)) {
            problems.accept("There is no folder %s, so there are no presets.".formatted(folder));
            return none();
        }
        List<Path> files;
        try (Stream<Path> entries = Files.list(folder)) {
            files = entries.filter(file -> file.getFileName().toString().endsWith(END))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        } catch (IOException unreadable) {
            problems.accept("The presets folder %s can't be read: %s.".formatted(folder, unreadable.getMessage()));
            return none();
        }
        Map<String, Preset> read = new LinkedHashMap<>();
        for (Path file : files) {
            String name = file.getFileName().toString();
            name = name.substring(0, name.length() - END.length());
            try {
                read.put(name, PresetFile.read(name, file));
            } catch (JsonConfigFile.Unusable unusable) {
                problems.accept(unusable.getMessage() + "; the preset is ignored.");
            }
        }
        return new Presets(read);
    }

    /** Returns what a request may name, {@code initial} first. */
    public List<String> names() {
        return List.copyOf(presets.keySet());
    }

    /** Returns the preset of that name, if there is one. */
    public Optional<Preset> find(String name) {
        return Optional.ofNullable(presets.get(name));
    }
}
