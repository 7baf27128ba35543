package dev.darkroom.prompt;

/**
 * Low-rank weights that a user wants over the model's.
 *
 * @param name of the file, with or without its end {@code .safetensors}
 * @param weight how much of them; 1 is all, negative ones take them off
 */
public record LoraWeight(String name, double weight) {

    /** Returns the name without {@code .safetensors}. */
    public String stem() {
        return name.endsWith(".safetensors") ? name.substring(0, name.length() - ".safetensors".length()) : name;
    }
}
