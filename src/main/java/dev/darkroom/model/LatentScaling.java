package dev.darkroom.model;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * How latents of the denoiser, which have about variance one, become those of the VAE: divided, then moved, each channel
 * by its own numbers.
 *
 * @param divisor per channel
 * @param shift per channel
 * @param perChannel whether the VAE's configuration states a mean and a deviation for each channel
 */
record LatentScaling(float[] divisor, float[] shift, boolean perChannel) {

    private static final String MEAN = "latents_mean";
    private static final String DEVIATION = "latents_std";

    /** Far from what any network has, and far from what a float holds. */
    private static final int MOST = 1_000_000;

    /**
     * Reads the VAE's configuration.
     *
     * @param usualFactor where it states none
     * @param deviation of the latents that it speaks of, where theirs is not one
     * @throws ModelException if there are means or deviations, but not one for each channel, or a number can't be
     */
    static LatentScaling read(ConfigFile vae, int channels, double usualFactor, double deviation)
            throws ModelException {
        double factor = vae.positive("scaling_factor", usualFactor, MOST);
        Double shared = vae.number("shift_factor", -MOST, MOST);
        boolean stated = vae.states(MEAN) && vae.states(DEVIATION);
        float[] divisor = new float[channels];
        float[] shift = new float[channels];
        for (int channel = 0; channel < channels; channel++) {
            double spread = stated ? number(vae, DEVIATION, channel, channels) : 1;
            divisor[channel] = (float) (factor / (spread * deviation));
            shift[channel] = (float) (stated ? number(vae, MEAN, channel, channels) : shared == null ? 0 : shared);
            if (!(divisor[channel] > 0) || !Float.isFinite(divisor[channel]) || !Float.isFinite(shift[channel])) {
                throw new ModelException(
                        "%s: scaling_factor and latents_std must be numbers above 0".formatted(vae.file()));
            }
        }
        return new LatentScaling(divisor, shift, stated);
    }

    private static double number(ConfigFile vae, String key, int channel, int channels) throws ModelException {
        JsonNode list = vae.fields().path(key);
        if (!list.isArray() || list.size() != channels || !list.path(channel).isNumber()) {
            throw vae.wrong(key, "%d numbers, one for each channel".formatted(channels), list);
        }
        return list.path(channel).asDouble();
    }

    float toVae(int channel, float value) {
        return value / divisor[channel] + shift[channel];
    }

    float fromVae(int channel, float value) {
        return (value - shift[channel]) * divisor[channel];
    }
}
