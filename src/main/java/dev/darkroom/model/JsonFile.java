package dev.darkroom.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads JSON files of model folders. */
final class JsonFile {
    private static final ObjectMapper JSON = new ObjectMapper();

    private JsonFile() {}

    /**
     * Returns an object, or a missing node if there is no such file.
     *
     * @throws ModelException if the file can't be read or holds something else
     */
    static JsonNode optional(Path file) throws ModelException {
        if (!Files.exists(file)) {
            return MissingNode.getInstance();
        }
        try {
            JsonNode node = JSON.readTree(file.toFile());
            if (!node.isObject()) {
                throw new ModelException("%s holds no JSON object".formatted(file));
            }
            return node;
        } catch (JsonProcessingException e) {
            throw new ModelException(
                    "%s is not valid JSON: %s in line %d"
                            .formatted(
                                    file,
                                    e.getOriginalMessage(),
                                    e.getLocation() == null
                                            ? 0
                                            : e.getLocation().getLineNr()),
                    e);
        } catch (IOException e) {
            throw new ModelException("%s can't be read".formatted(file), e);
        }
    }

    /**
     * Returns an object.
     *
     * @throws ModelException also if there is no such file
     */
    static JsonNode required(Path file) throws ModelException {
        JsonNode node = optional(file);
        if (node.isMissingNode()) {
            throw new ModelException("%s is missing".formatted(file));
        }
        return node;
    }
}
