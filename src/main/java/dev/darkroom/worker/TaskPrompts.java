package dev.darkroom.worker;

import dev.darkroom.model.Conditioning;
import dev.darkroom.prompt.ExpandedPrompt;
import dev.darkroom.prompt.Preset;
import dev.darkroom.prompt.PromptLibrary;
import dev.darkroom.prompt.PromptPipeline;
import dev.darkroom.prompt.PromptRequest;
import dev.darkroom.task.TaskRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The texts of a task's images, each with its own wildcards and styles, and what of them is encoded. A text that several
 * images share is encoded once. The texts never change; what is encoded belongs to the lane.
 */
final class TaskPrompts {

    private final List<ExpandedPrompt> images;
    private final boolean guided;
    private final List<String> notes;
    private final Map<Integer, JoinedTexts> given = new HashMap<>();
    private final Map<Text, Conditioning> encoded = new HashMap<>();

    /** A text and the side that it is on: models encode an empty one of each side differently. */
    record Text(String text, boolean negative) {
        private static Stream<Text> of(List<String> texts, boolean negative) {
            return texts.stream().map(text -> new Text(text, negative));
        }
    }

    private TaskPrompts(List<ExpandedPrompt> images, boolean guided, List<String> notes) {
        this.images = images;
        this.guided = guided;
        this.notes = notes;
    }

    /**
     * @param model that the images are made with
     * @param guided the negative texts have an effect
     * @param textTokens how many tokens of a text the model reads, marks included
     */
    static TaskPrompts expand(
            PromptLibrary library,
            PromptPipeline pipeline,
            TaskRequest request,
            ResolvedRequest resolved,
            String model,
            boolean guided,
            int textTokens) {
        Set<String> notes = new LinkedHashSet<>();
        Preset preset = library.presets()
                .find(request.preset() == null ? Preset.INITIAL : request.preset())
                .orElse(Preset.NONE);
        notes.addAll(PresetNotes.of(preset, model));
        PromptRequest asked = new PromptRequest(
                request.prompt(),
                resolved.negativePrompt(),
                resolved.styles(),
                request.readWildcardsInOrder(),
                RequestedLoras.of(request, preset),
                textTokens);
        List<ExpandedPrompt> images = new ArrayList<>();
        for (int image = 0; image < Math.max(1, request.imageNumber()); image++) {
            ExpandedPrompt expanded = pipeline.expand(asked, image, request.seedOf(image));
            images.add(expanded);
            notes.addAll(expanded.notes());
        }
        return new TaskPrompts(List.copyOf(images), guided, List.copyOf(notes));
    }

    /** Returns the texts of image {@code image}, from any thread. */
    ExpandedPrompt of(int image) {
        return images.get(image);
    }

    /** Returns what the owner should know. */
    List<String> notes() {
        return notes;
    }

    /** Tells whether the negative texts have any effect. */
    boolean guided() {
        return guided;
    }

    /** An earlier attempt has encoded the image's texts. */
    void given(int image, JoinedTexts texts) {
        given.put(image, texts);
    }

    /** Returns a positive text of the image that is still to be encoded, or null. */
    @Nullable
    Text nextPositive(int image) {
        return given.containsKey(image) ? null : next(Text.of(of(image).positive(), false));
    }

    /** Returns a negative text of the image that is still to be encoded, or null. */
    @Nullable
    Text nextNegative(int image) {
        return guided && !given.containsKey(image) ? next(Text.of(of(image).negative(), true)) : null;
    }

    private @Nullable Text next(Stream<Text> texts) {
        return texts.filter(text -> !encoded.containsKey(text)).findFirst().orElse(null);
    }

    void encoded(Text text, Conditioning conditioning) {
        encoded.put(text, conditioning);
    }

    /** Returns what the image is sampled with; all its texts are encoded. */
    JoinedTexts joined(int image) {
        JoinedTexts known = given.get(image);
        if (known != null) {
            return known;
        }
        ExpandedPrompt texts = of(image);
        return JoinedTexts.of(
                conditionings(Text.of(texts.positive(), false)),
                texts.pooled(),
                guided ? conditionings(Text.of(texts.negative(), true)) : List.of());
    }

    private List<Conditioning> conditionings(Stream<Text> texts) {
        return texts.map(text -> {
                    Conditioning conditioning = encoded.get(text);
                    if (conditioning == null) {
                        throw new IllegalStateException("not encoded: " + text.text());
                    }
                    return conditioning;
                })
                .toList();
    }

    /** Lets go of what no image after this one needs. */
    void begun(int image) {
        Set<Text> needed = new HashSet<>();
        for (ExpandedPrompt later : images.subList(image + 1, images.size())) {
            Text.of(later.positive(), false).forEach(needed::add);
            Text.of(later.negative(), true).forEach(needed::add);
        }
        encoded.keySet().retainAll(needed);
    }
}
