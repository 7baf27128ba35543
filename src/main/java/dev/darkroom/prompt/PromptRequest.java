package dev.darkroom.prompt;

import java.util.List;

/**
 * What a user typed.
 *
 * @param prompt the first line is the main one
 * @param negativePrompt likewise
 * @param styles names, in order
 * @param wildcardsInOrder image i takes line i of a wildcard's file, in place of a random one
 * @param loras what was asked for beside the prompt
 * @param textTokens how many tokens of a text the model reads, marks included
 */
public record PromptRequest(
        String prompt,
        String negativePrompt,
        List<String> styles,
        boolean wildcardsInOrder,
        List<LoraWeight> loras,
        int textTokens) {

    public PromptRequest {
        styles = List.copyOf(styles);
        loras = List.copyOf(loras);
    }
}
