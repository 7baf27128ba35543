package dev.darkroom.model;

/**
 * What the engine must know of a model, read from its folder.
 *
 * @param name the folder's name
 * @param weightsHash names the weights: equal hashes mean equal pictures
 * @param latentChannels channels of a latent
 * @param latentScale pixels per latent position along each side, such as 8
 * @param sizeMultiple width and height in pixels must be multiples of this
 * @param nativeSize side in pixels of the square that it was trained on
 * @param prediction what the denoiser predicts
 * @param schedule what it was trained on
 * @param defaults what suits it: what its {@code darkroom.json} says, else its family's
 * @param family what kind of model it is
 * @param clipSkips how many of the text encoder's last layers can be read, at least 1; "CLIP skip" goes no further
 * @param embedsGuidance the denoiser was taught guidance and takes its scale as an input
 *     ({@link Conditioning#guided}): a second pass for the negative prompt is not for it
 */
public record ModelTraits(
        String name,
        String weightsHash,
        int latentChannels,
        int latentScale,
        int sizeMultiple,
        int nativeSize,
        Prediction prediction,
        TrainingSchedule schedule,
        ModelDefaults defaults,
        Family family,
        int clipSkips,
        boolean embedsGuidance) {}
