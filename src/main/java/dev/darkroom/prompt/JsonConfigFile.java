package dev.darkroom.prompt;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** JSON that users write. */
final class JsonConfigFile {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long LARGEST = 16 << 20;

    private JsonConfigFile() {}

    /** The file can't be used; the message says which and why, without a dot. */
    static final class Unusable extends Exception {
        private static final long serialVersionUID = 1L;

        Unusable(String message) {
            super(message);
        }
    }

    static JsonNode read(Path file) throws Unusable {
        try {
            if (Files.size(file) > LARGEST) {
                throw new Unusable("%s is larger than %d MiB".formatted(file, LARGEST >> 20));
            }
            return JSON.readTree(file.toFile());
        } catch (JsonProcessingException broken) {
            throw new Unusable("%s is not valid JSON: %s in line %d"
                    .formatted(
                            file,
                            broken.getOriginalMessage(),
                            broken.getLocation() == null
                                    ? 0
                                    : broken.getLocation().getLineNr()));
        } catch (IOException unreadable) {
            throw new Unusable("%s can't be read".formatted(file));
        }
    }
}
