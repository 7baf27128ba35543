package dev.darkroom.model;

/**
 * A network that denoises, as its export made it. Today it is a UNet; the transformers of flow-matching models take a
 * packed latent and other inputs, and will be another kind of it.
 */
sealed interface DenoiserGraph extends Denoiser, AutoCloseable permits Unet {

    /** Returns how many rows every call has, or 0 if that is open. */
    int rowsPerCall();

    /** Makes every call one of so many rows from now on. */
    void fixRowsPerCall(int rows);

    /** Returns whether all rows of a call share a timestep, because the graph takes a single number. */
    boolean takesOneTimestep();

    /** Returns whether it was taught guidance and takes its scale as an input. */
    boolean embedsGuidance();

    @Override
    void close();
}
