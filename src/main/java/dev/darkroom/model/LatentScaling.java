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

    /**
     * Reads the VAE's configuration.
     *
     * @param usualFactor where it states none
     * @param deviation of the latents that it speaks of, where theirs is not one
     * @throws ModelException if there are means or deviations, but not one for each channel, or a number can't be
     */
    static LatentScaling read(JsonNode vae, int channels, double usualFactor, double deviation) throws ModelException {
        double factor = vae.path("scaling_factor").asDouble(usualFactor);
        boolean stated = vae.hasNonNull(MEAN) && vae.hasNonNull(DEVIATION);
        float[] divisor = new float[channels];
        float[] shift = new float[channels];
        for (int channel = 0; channel < channels; channel++) {
            double spread = stated ? number(vae, DEVIATION, channel, channels) : 1;
            divisor[channel] = (float) (factor / (spread * deviation));
            shift[channel] = (float)
                    (stated
                            ? number(vae, MEAN, channel, channels)
                            : vae.path("shift_factor").asDouble(0));
            if (!(divisor[channel] > 0) || !Float.isFinite(divisor[channel]) || !Float.isFinite(shift[channel])) {
                throw new ModelException("The VAE's scaling_factor and latents_std must be numbers above 0");
            }
        }
        return new LatentScaling(divisor, shift, stated);
    }

    private static double number(JsonNode vae, String key, int channel, int channels) throws ModelException {
        JsonNode list = vae.path(key);
        if (list.size() != channels || !list.path(channel).isNumber()) {
            throw new ModelException("The VAE's %s must be %d numbers, one for each channel".formatted(key, channels));
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
