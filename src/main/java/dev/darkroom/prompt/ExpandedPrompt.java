package dev.darkroom.prompt;

import java.util.List;

/**
 * What is encoded for one image. Each text is encoded for itself; their hidden states are laid end to end.
 *
 * @param prompt what the user typed, wildcards and arrays resolved, one line each
 * @param negativePrompt likewise
 * @param positive texts, one at least
 * @param negative texts, one at least
 * @param pooled how many of the positive texts, from the first, count for the pooled vector: all but the expansion
 * @param expansion the last of the positive texts if the prompt was expanded, else empty
 * @param styles names of what was applied, drawn ones by their own name
 * @param loras what is to be laid over the model, all of them installed
 * @param notes what the owner should know, one sentence each
 */
public record ExpandedPrompt(
        String prompt,
        String negativePrompt,
        List<String> positive,
        List<String> negative,
        int pooled,
        String expansion,
        List<String> styles,
        List<LoraWeight> loras,
        List<String> notes) {

    public ExpandedPrompt {
        positive = List.copyOf(positive);
        negative = List.copyOf(negative);
        styles = List.copyOf(styles);
        loras = List.copyOf(loras);
        notes = List.copyOf(notes);
    }
}
