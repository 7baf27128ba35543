package dev.darkroom.model;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What suits a model, from its folder's optional {@code darkroom.json}. A null value or an empty text leaves the choice
 * to the request.
 *
 * @param description one line for people
 * @param width pixels
 * @param height pixels
 * @param sampler Fooocus' name
 * @param scheduler Fooocus' name
 * @param guidanceScale classifier-free guidance
 * @param guidanceRescale from 0 to 1: how much of the contrast that guidance adds is taken back
 * @param clipSkip which of the text encoder's last layers, from 1
 * @param styles names of styles applied to a bare request, none if empty; null: FooocusAPI's stock ones
 * @param negativePrompt used when the request has none
 * @param examplePrompts prompts that show the model well
 */
public record ModelDefaults(
        String description,
        @Nullable Integer width,
        @Nullable Integer height,
        @Nullable String sampler,
        @Nullable String scheduler,
        @Nullable Integer steps,
        @Nullable Double guidanceScale,
        @Nullable Double guidanceRescale,
        @Nullable Integer clipSkip,
        @Nullable List<String> styles,
        String negativePrompt,
        List<String> examplePrompts) {

    /** Leaves everything to the request. */
    public static final ModelDefaults NONE =
            new ModelDefaults("", null, null, null, null, null, null, null, null, null, "", List.of());

    public ModelDefaults {
        styles = styles == null ? null : List.copyOf(styles);
        examplePrompts = List.copyOf(examplePrompts);
    }
}
