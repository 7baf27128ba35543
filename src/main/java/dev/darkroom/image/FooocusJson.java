package dev.darkroom.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.darkroom.image.GenerationParameters.Lora;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Fooocus' scheme {@code fooocus}: a JSON object with sorted keys, escaped to ASCII. Lists and tuples inside of it are
 * literals of Python, because Fooocus reads them with that language's parser.
 */
final class FooocusJson {

    static final String SCHEME = "fooocus";

    private static final ObjectMapper JSON =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();
    private static final TypeReference<LinkedHashMap<String, Object>> OBJECT = new TypeReference<>() {};
    /** Kept as texts that hold a list or a tuple. */
    private static final Set<String> LITERALS = Set.of("styles", "resolution", "adm_guidance", "freeu");

    private FooocusJson() {}

    static String render(GenerationParameters made) {
        Map<String, Object> items = new TreeMap<>();
        made.items().forEach(item -> items.put(item.key(), item.value()));
        items.put("full_prompt", made.fullPrompt());
        items.put("full_negative_prompt", made.fullNegativePrompt());
        if (made.modelHash() != null) {
            items.put("base_model_hash", made.modelHash());
        }
        List<List<Object>> loras = new ArrayList<>();
        for (Lora lora : made.loras()) {
            loras.add(Arrays.asList(lora.name(), lora.weight(), lora.hash()));
        }
        items.put("loras", loras);
        items.put("metadata_scheme", SCHEME);
        try {
            return JSON.writeValueAsString(items);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("texts and numbers are always JSON", impossible);
        }
    }

    /** Returns the object's values with lists for Python's literals, or nothing if {@code text} is no JSON object. */
    static Optional<Map<String, Object>> parse(String text) {
        if (!text.stripLeading().startsWith("{")) {
            return Optional.empty();
        }
        try {
            Map<String, Object> values = JSON.readValue(text, OBJECT);
            values.replaceAll((key, value) -> LITERALS.contains(key) && value instanceof String literal
                    ? PythonLiteral.elements(literal).<Object>map(list -> list).orElse(literal)
                    : value);
            return Optional.of(values);
        } catch (JsonProcessingException noJson) {
            return Optional.empty();
        }
    }
}
