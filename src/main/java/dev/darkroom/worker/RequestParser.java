package dev.darkroom.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.prompt.Presets;
import dev.darkroom.task.TaskRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads stored requests, and lays the preset that one names under what its user chose. */
final class RequestParser {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Presets presets;

    RequestParser(Presets presets) {
        this.presets = presets;
    }

    TaskRequest parse(String json) throws JsonProcessingException {
        JsonNode tree = JSON.readTree(json);
        if (tree instanceof ObjectNode request) {
            presets.find(request.path("preset").asText(""))
                    .ifPresent(preset -> preset.over(field -> plain(request.get(field)))
                            .forEach((field, value) -> request.set(field, JSON.valueToTree(value))));
        }
        return JSON.treeToValue(tree, TaskRequest.class);
    }

    private static @Nullable Object plain(@Nullable JsonNode node) {
        if (node == null || node.isNull()) {
            return null;
        }
        if (node.isNumber()) {
            return node.numberValue();
        }
        if (node.isArray()) {
            List<String> texts = new ArrayList<>();
            node.forEach(element -> texts.add(element.asText()));
            return texts;
        }
        return node.asText();
    }
}
