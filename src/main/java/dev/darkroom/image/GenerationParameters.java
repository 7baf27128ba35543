package dev.darkroom.image;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What made a picture, so that it can be made again. Of Fooocus' items the ones are written that Darkroom knows.
 *
 * @param prompt as the user typed it
 * @param negativePrompt as the user typed it
 * @param fullPrompt what was encoded, one text per line, after styles, wildcards and expansion
 * @param fullNegativePrompt what was encoded
 * @param styles names
 * @param performance name of the preset of steps
 * @param steps that were sampled
 * @param width pixels
 * @param height pixels
 * @param guidanceScale classifier-free guidance
 * @param sharpness strength of the sharpness filter
 * @param adaptiveCfg guidance above which it was mimicked from a lower one, or null if that did not apply
 * @param clipSkip which of the text encoder's last layers was read, from 1
 * @param sampler Fooocus' name
 * @param scheduler Fooocus' name
 * @param seed of this picture
 * @param model its name, without folder and file end
 * @param modelHash the first ten hexadecimal digits of the SHA-256 of its weights, or null if not known
 * @param version of the program that made the picture: {@code Darkroom 0.1.0}
 */
public record GenerationParameters(
        String prompt,
        String negativePrompt,
        List<String> fullPrompt,
        List<String> fullNegativePrompt,
        List<String> styles,
        String performance,
        int steps,
        int width,
        int height,
        double guidanceScale,
        double sharpness,
        @Nullable Double adaptiveCfg,
        int clipSkip,
        String sampler,
        String scheduler,
        long seed,
        String model,
        @Nullable String modelHash,
        String version) {

    /** The keyword of the parameters in either scheme. */
    public static final String PARAMETERS = "parameters";

    /** The keyword that says which scheme they are written in. */
    public static final String SCHEME = "fooocus_scheme";

    public GenerationParameters {
        fullPrompt = List.copyOf(fullPrompt);
        fullNegativePrompt = List.copyOf(fullNegativePrompt);
        styles = List.copyOf(styles);
    }

    /**
     * Returns the keywords of a picture's file in the scheme that a request's {@code metadata_scheme} names:
     * {@code a1111}, or {@code fooocus} for everything else.
     */
    public Map<String, String> toScheme(String scheme) {
        return scheme.equals(A1111Text.SCHEME) ? toA1111() : toFooocus();
    }

    /** Returns the keywords with a JSON object as Fooocus writes it, all ASCII. */
    public Map<String, String> toFooocus() {
        return keywords(FooocusJson.render(this), FooocusJson.SCHEME);
    }

    /** Returns the keywords with a text as AUTOMATIC1111 writes it. */
    public Map<String, String> toA1111() {
        return keywords(A1111Text.render(this), A1111Text.SCHEME);
    }

    private static Map<String, String> keywords(String parameters, String scheme) {
        Map<String, String> keywords = new LinkedHashMap<>();
        keywords.put(PARAMETERS, parameters);
        keywords.put(SCHEME, scheme);
        return keywords;
    }
}
