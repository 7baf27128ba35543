package dev.darkroom.worker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.darkroom.prompt.Preset;
import dev.darkroom.prompt.Presets;
import dev.darkroom.task.TaskRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads stored requests, and lays the preset that one names under what its user chose. Safe from any thread. */
final class RequestParser {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectReader REQUEST = JSON.readerFor(TaskRequest.class);

    private final Presets presets;

    RequestParser(Presets presets) {
        this.presets = presets;
    }

    TaskRequest parse(String json) throws JsonProcessingException {
        TaskRequest request = REQUEST.readValue(json);
        Preset preset =
                request.preset() == null ? null : presets.find(request.preset()).orElse(null);
        // most requests name none, and are read three times as fast without a tree
        return preset == null || preset.values().isEmpty() ? request : withPreset(json, preset);
    }

    private static TaskRequest withPreset(String json, Preset preset) throws JsonProcessingException {
        ObjectNode request = (ObjectNode) JSON.readTree(json);
        preset.over(field -> plain(request.get(field)))
                .forEach((field, value) -> request.set(field, JSON.valueToTree(value)));
        return JSON.treeToValue(request, TaskRequest.class);
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
