package dev.darkroom.prompt;

import java.nio.file.Path;
import java.util.function.Consumer;

/** What stands around prompts on this node: read once at start, but for the wildcards, which can be read again. */
public record PromptLibrary(Styles styles, Wildcards wildcards, Presets presets, PromptExpansion expansion) {

    /** Returns one without files: style names without texts, no wildcards, no presets, no expansion. */
    public static PromptLibrary empty() {
        return new PromptLibrary(Styles.withoutTexts(), Wildcards.none(), Presets.none(), PromptExpansion.none());
    }

    /**
     * Reads the folders; blocks.
     *
     * @param home relative folders are relative to this one
     * @param problems hears a sentence about each folder and file that can't be used; the rest is used
     */
    public static PromptLibrary open(PromptConfig config, Path home, Consumer<String> problems) {
        return new PromptLibrary(
                Styles.open(home.resolve(config.styles()), problems),
                Wildcards.open(home.resolve(config.wildcards()), problems),
                Presets.open(home.resolve(config.presets()), problems),
                PromptExpansion.builtIn());
    }

    /** @param loras which there are */
    public PromptPipeline pipeline(LoraCatalogue loras) {
        return new PromptPipeline(styles, wildcards, expansion, loras);
    }
}
