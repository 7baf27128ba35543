package dev.darkroom.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A model folder's {@code darkroom.json}.
 *
 * @param defaults what suits the model
 * @param latentColours how latents become colours in previews, or null
 * @param sizeMultiple what width and height must be multiples of, in pixels, or null
 */
record DarkroomJson(
        ModelDefaults defaults,
        @Nullable LatentColours latentColours,
        @Nullable Integer sizeMultiple) {

    static final String NAME = "darkroom.json";

    /** @throws ModelException naming the file and the key that is wrong; a missing file leaves everything open */
    static DarkroomJson read(Path folder) throws ModelException {
        return new Reader(folder.resolve(NAME)).read();
    }

    /** Reads one file, key by key. */
    private static final class Reader {
        private final ConfigFile file;

        Reader(Path path) throws ModelException {
            this.file = ConfigFile.optional(path);
        }

        DarkroomJson read() throws ModelException {
            ModelDefaults defaults = new ModelDefaults(
                    file.text("description", ""),
                    file.whole("width", 8, 16384),
                    file.whole("height", 8, 16384),
                    emptyToNull(file.text("sampler", "")),
                    emptyToNull(file.text("scheduler", "")),
                    file.whole("steps", 1, 1000),
                    file.number("guidance_scale", 0, 100),
                    file.number("guidance_rescale", 0, 1),
                    file.whole("clip_skip", 1, 12),
                    file.states("styles") ? texts("styles") : null,
                    file.text("negative_prompt", ""),
                    texts("example_prompts"));
            return new DarkroomJson(defaults, colours(), file.whole("size_multiple", 1, 1024));
        }

        private @Nullable LatentColours colours() throws ModelException {
            if (!file.states("latent_rgb")) {
                return null;
            }
            JsonNode weights = file.fields().path("latent_rgb").path("weights");
            JsonNode bias = file.fields().path("latent_rgb").path("bias");
            check("latent_rgb", weights, node -> node.isArray() && !node.isEmpty(), "{\"weights\": [[r, g, b], ...]}");
            float[][] rows = new float[weights.size()][];
            for (int channel = 0; channel < rows.length; channel++) {
                rows[channel] = triple(weights.path(channel));
            }
            LatentColours colours = new LatentColours(rows, bias.isMissingNode() ? new float[3] : triple(bias));
            JsonNode range = file.fields().path("latent_rgb").path("range");
            if (range.isMissingNode()) {
                return colours;
            }
            check(
                    "latent_rgb",
                    range,
                    node -> node.isArray()
                            && node.size() == 2
                            && node.path(0).isNumber()
                            && node.path(1).asDouble() > node.path(0).asDouble(),
                    "a range [low, high]");
            return colours.from(range.path(0).floatValue(), range.path(1).floatValue());
        }

        private float[] triple(JsonNode node) throws ModelException {
            check("latent_rgb", node, it -> it.isArray() && it.size() == 3, "lists of three numbers");
            float[] triple = new float[3];
            for (int i = 0; i < 3; i++) {
                check("latent_rgb", node.path(i), JsonNode::isNumber, "lists of three numbers");
                triple[i] = node.path(i).floatValue();
            }
            return triple;
        }

        private List<String> texts(String key) throws ModelException {
            List<String> texts = new ArrayList<>();
            JsonNode list = file.stated(key, JsonNode::isArray, "a list of texts");
            if (list != null) {
                for (JsonNode element : list) {
                    texts.add(check(key, element, JsonNode::isTextual, "a list of texts")
                            .asText());
                }
            }
            return texts;
        }

        private JsonNode check(String key, JsonNode node, Predicate<JsonNode> rule, String expected)
                throws ModelException {
            if (!rule.test(node)) {
                throw file.wrong(key, expected, node);
            }
            return node;
        }

        private static @Nullable String emptyToNull(String text) {
            return text.isEmpty() ? null : text;
        }
    }
}
