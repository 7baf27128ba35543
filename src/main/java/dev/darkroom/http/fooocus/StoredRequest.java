package dev.darkroom.http.fooocus;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.darkroom.http.Schema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Makes of a request what its record shows: complete with defaults, the seed drawn, LoRAs flattened to fifteen values,
 * four ControlNet entries, three of enhancement, and no images where there are none.
 */
public final class StoredRequest {

    private static final List<String> OWN_FIELDS = List.of("timeout", "queue_timeout");
    private static final int LORAS = 5;
    private static final int CONTROLNET_IMAGES = 4;
    private static final int ENHANCEMENTS = 3;
    private static final ObjectWriter WRITER = JsonMapper.builder()
            .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
            // a text of ASCII alone is read and sent several times faster than one with a single multiplication sign
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .build()
            .writer();

    private final LongSupplier seeds;
    private final Map<String, Object> enhancement;

    /**
     * @param schema of the request
     * @param seeds draws numbers from 0 to 2^63-1
     */
    public StoredRequest(Schema.Structure schema, LongSupplier seeds) {
        this.seeds = seeds;
        Schema.Listing list =
                (Schema.Listing) schema.fields().get("enhance_ctrls").schema();
        enhancement = ((Schema.Structure) list.items()).defaults();
    }

    /** Returns the record's JSON; changes {@code fields} on the way. */
    String render(Map<String, Object> fields) {
        if (!(fields.get("image_seed") instanceof Long seed && seed >= 0)) {
            fields.put("image_seed", seeds.getAsLong());
        }
        fields.put("input_image_checkbox", true);
        fields.put("inpaint_advanced_masking_checkbox", false);
        fields.put("invert_mask_checkbox", false);
        for (String image :
                List.of("uov_input_image", "inpaint_input_image", "inpaint_mask_image_upload", "enhance_input_image")) {
            fields.put(image, "");
        }
        fields.put("loras", loras((List<?>) fields.get("loras")));
        fields.put("controlnet_image", controlnetImages((List<?>) fields.get("controlnet_image")));
        fields.put("enhance_ctrls", enhancements((List<?>) fields.get("enhance_ctrls")));
        if ("a111".equals(fields.get("metadata_scheme"))) {
            fields.put("metadata_scheme", "a1111");
        }
        // FooocusAPI's records have no such keys: they stand there only if they were sent
        OWN_FIELDS.forEach(name -> fields.remove(name, null));
        try {
            return WRITER.writeValueAsString(fields);
        } catch (JsonProcessingException plainValuesAlwaysPass) {
            throw new IllegalStateException(plainValuesAlwaysPass);
        }
    }

    private static List<Object> loras(List<?> loras) {
        List<Object> flat = new ArrayList<>(3 * LORAS);
        for (int i = 0; i < LORAS; i++) {
            if (i < loras.size()) {
                Map<?, ?> lora = (Map<?, ?>) loras.get(i);
                flat.add(lora.get("enabled"));
                flat.add(lora.get("model_name"));
                flat.add(lora.get("weight"));
            } else {
                flat.add(true);
                flat.add("None");
                flat.add(1.0);
            }
        }
        return flat;
    }

    private static List<Object> controlnetImages(List<?> images) {
        List<Object> padded = new ArrayList<>(CONTROLNET_IMAGES);
        for (int i = 0; i < CONTROLNET_IMAGES; i++) {
            Map<?, ?> sent = i < images.size() ? (Map<?, ?>) images.get(i) : Map.of();
            Map<String, Object> entry = new LinkedHashMap<>();
            entry.put("cn_img", "");
            entry.put("cn_stop", sent.get("cn_stop") == null ? 0.6 : sent.get("cn_stop"));
            entry.put("cn_weight", sent.get("cn_weight") == null ? 0.6 : sent.get("cn_weight"));
            entry.put("cn_type", sent.get("cn_type") == null ? "ImagePrompt" : sent.get("cn_type"));
            padded.add(entry);
        }
        return padded;
    }

    private List<Object> enhancements(List<?> sent) {
        List<Object> padded = new ArrayList<>(sent);
        while (padded.size() < ENHANCEMENTS) {
            padded.add(enhancement);
        }
        return padded;
    }
}
