package dev.darkroom.image;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a picture's file says about its making.
 *
 * @param scheme {@code fooocus} or {@code a1111}: how {@code raw} is written
 * @param raw the text as it stands in the file
 * @param parameters what it says, by Fooocus' names in either scheme: {@code prompt}, {@code negative_prompt},
 *     {@code full_prompt}, {@code styles}, {@code seed} (a text), {@code steps}, {@code resolution} (width and height),
 *     {@code guidance_scale}, {@code sampler}, {@code scheduler}, {@code base_model}, {@code loras} (name, weight and
 *     hash each) and so on; values are texts, numbers, lists or null. Other programs' items are kept under names of the
 *     same kind.
 */
public record ReadMetadata(String scheme, String raw, Map<String, Object> parameters) {

    public ReadMetadata {
        parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    }
}
