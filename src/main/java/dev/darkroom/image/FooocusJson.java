package dev.darkroom.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Fooocus' scheme {@code fooocus}: a JSON object with sorted keys, escaped to ASCII. Lists and tuples inside of it are
 * literals of Python, because Fooocus reads them with that language's parser.
 */
final class FooocusJson {

    static final String SCHEME = "fooocus";

    private static final ObjectWriter JSON = JsonMapper.builder()
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .build()
            .writer();

    private FooocusJson() {}

    static String render(GenerationParameters made) {
        Map<String, Object> items = new TreeMap<>();
        items.put("prompt", made.prompt());
        items.put("negative_prompt", made.negativePrompt());
        items.put("full_prompt", made.fullPrompt());
        items.put("full_negative_prompt", made.fullNegativePrompt());
        items.put("styles", list(made.styles()));
        items.put("performance", made.performance());
        items.put("steps", made.steps());
        items.put("resolution", "(%d, %d)".formatted(made.width(), made.height()));
        items.put("guidance_scale", made.guidanceScale());
        items.put("sharpness", made.sharpness());
        items.put("base_model", made.model());
        if (made.modelHash() != null) {
            items.put("base_model_hash", made.modelHash());
        }
        items.put("refiner_model", "None");
        if (made.adaptiveCfg() != null) {
            items.put("adaptive_cfg", made.adaptiveCfg());
        }
        if (made.clipSkip() > 1) {
            items.put("clip_skip", made.clipSkip());
        }
        items.put("sampler", made.sampler());
        items.put("scheduler", made.scheduler());
        items.put("vae", "Default (model)");
        // a text, because readers in JavaScript round numbers above 2^53
        items.put("seed", Long.toString(made.seed()));
        items.put("loras", List.of());
        items.put("metadata_scheme", SCHEME);
        items.put("version", made.version());
        try {
            return JSON.writeValueAsString(items);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("texts and numbers are always JSON", impossible);
        }
    }

    /** Returns {@code texts} as a list literal of Python. */
    private static String list(List<String> texts) {
        return texts.stream().map(FooocusJson::literal).collect(Collectors.joining(", ", "[", "]"));
    }

    private static String literal(String text) {
        String quote = text.contains("'") && !text.contains("\"") ? "\"" : "'";
        StringBuilder literal = new StringBuilder(quote);
        text.chars().forEach(character -> {
            if (character == '\\' || character == quote.charAt(0)) {
                literal.append('\\').append((char) character);
            } else if (Character.isISOControl(character)) {
                literal.append("\\x%02x".formatted(character));
            } else {
                literal.append((char) character);
            }
        });
        return literal.append(quote).toString();
    }
}
