package dev.darkroom.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;

/** Reads the YAML file that settings are kept in. */
public final class SettingsFile {

    private SettingsFile() {}

    /**
     * Returns the file's nested maps.
     *
     * @throws SettingsException if the file is missing, unreadable or no YAML map, with the line in one sentence
     */
    public static Map<String, Object> read(Path file) throws SettingsException {
        Object content;
        try {
            content = parse(Files.readString(file));
        } catch (NoSuchFileException missing) {
            throw new SettingsException("There is no settings file " + file.toAbsolutePath());
        } catch (IOException unreadable) {
            throw new SettingsException(
                    "The settings file %s can't be read: %s".formatted(file.toAbsolutePath(), unreadable.getMessage()));
        } catch (MarkedYAMLException malformed) {
            throw new SettingsException("The settings file %s is no YAML at line %d: %s"
                    .formatted(file, malformed.getProblemMark().getLine() + 1, malformed.getProblem()));
        } catch (YAMLException malformed) {
            throw new SettingsException("The settings file %s is no YAML: %s".formatted(file, malformed.getMessage()));
        }
        if (content == null) {
            return Map.of();
        }
        if (!(content instanceof Map<?, ?> map)) {
            throw new SettingsException("The settings file %s must hold keys with values".formatted(file));
        }
        Map<String, Object> settings = new LinkedHashMap<>();
        map.forEach((key, value) -> settings.put(String.valueOf(key), value));
        return settings;
    }

    static @Nullable Object parse(String yaml) {
        LoaderOptions options = new LoaderOptions();
        options.setAllowDuplicateKeys(false);
        return new Yaml(new SafeConstructor(options)).load(yaml);
    }
}
