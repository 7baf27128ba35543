package dev.darkroom.prompt;

/** Knows which LoRAs there are. */
public interface LoraCatalogue {

    /** There are none. */
    LoraCatalogue NONE = stem -> false;

    /** @param stem a file's name without folder and {@code .safetensors} */
    boolean has(String stem);
}
