package dev.darkroom.model;

import dev.darkroom.image.RgbImage;

/**
 * A linear map from a latent's channels to colours from -1 to 1, good enough for previews.
 *
 * @param weights per channel red, green, blue
 * @param bias red, green, blue
 */
record LatentColours(float[][] weights, float[] bias) implements LatentPreview {

    private static final int LEAST_SIDE = 64;

    /** What Kevin Turner published in 2022 for Stable Diffusion 1.x ("Decoding latents to RGB without upscaling"). */
    private static final LatentColours STABLE_DIFFUSION = new LatentColours(
            new float[][] {
                {0.298f, 0.207f, 0.208f},
                {0.187f, 0.286f, 0.173f},
                {-0.158f, 0.189f, 0.264f},
                {-0.184f, -0.271f, -0.473f}
            },
            new float[3]);

    /** What Timothy Alexis Vass published in 2023 for SDXL ("Explaining the SDXL latent space"), for bytes. */
    private static final LatentColours STABLE_DIFFUSION_XL = new LatentColours(
                    new float[][] {{60, 60, 60}, {-60, -5, 10}, {25, 15, -5}, {-70, -50, -35}},
                    new float[] {150, 140, 130})
            .from(0, 255);

    /** By what SDXL's autoencoder scales its latents, and no other does. */
    private static final float SCALE_OF_XL = 0.13025f;

    /**
     * Returns the map of the autoencoder that scales its latents so: SDXL's, and of all others with four channels
     * Stable Diffusion's, which shows shapes if not colours. Where each channel has a scale of its own, the autoencoder is
     * SDXL's, and its map is for what the latents are without.
     *
     * @param scaling of the autoencoder's configuration
     */
    static LatentColours usual(int channels, LatentScaling scaling) {
        if (channels == 4 && scaling.perChannel()) {
            return STABLE_DIFFUSION_XL.of(scaling);
        }
        if (channels == 4) {
            return Math.abs(scaling.divisor()[0] - SCALE_OF_XL) < 1e-5 ? STABLE_DIFFUSION_XL : STABLE_DIFFUSION;
        }
        float[][] weights = new float[channels][3];
        for (int colour = 0; colour < 3; colour++) {
            weights[Math.min(colour, channels - 1)][colour] = 0.4f;
        }
        return new LatentColours(weights, new float[3]);
    }

    private LatentColours of(LatentScaling scaling) {
        float[][] scaled = new float[weights.length][3];
        float[] moved = bias.clone();
        for (int channel = 0; channel < weights.length; channel++) {
            for (int colour = 0; colour < 3; colour++) {
                float weight = weights[channel][colour] * SCALE_OF_XL;
                scaled[channel][colour] = weight / scaling.divisor()[channel];
                moved[colour] += weight * scaling.shift()[channel];
            }
        }
        return new LatentColours(scaled, moved);
    }

    /** Returns the map whose colours from {@code low} to {@code high} became those from -1 to 1. */
    LatentColours from(float low, float high) {
        float stretch = 2 / (high - low);
        float[][] stretched = new float[weights.length][3];
        float[] moved = new float[3];
        for (int colour = 0; colour < 3; colour++) {
            moved[colour] = (bias[colour] - low) * stretch - 1;
            for (int channel = 0; channel < weights.length; channel++) {
                stretched[channel][colour] = weights[channel][colour] * stretch;
            }
        }
        return new LatentColours(stretched, moved);
    }

    /**
     * Returns a picture of twice the latent's size or more, so that its longer side has at least 64 pixels.
     *
     * @param latent {@code [channels, height, width]}
     */
    @Override
    public RgbImage picture(float[] latent, int height, int width) {
        int longer = Math.max(height, width);
        int scale = Math.max(2, (LEAST_SIDE + longer - 1) / longer);
        float[] small = colours(latent, height * width);
        int outWidth = width * scale;
        int outHeight = height * scale;
        byte[] rgb = new byte[outWidth * outHeight * 3];
        int at = 0;
        for (int y = 0; y < outHeight; y++) {
            float sourceY = within((y + 0.5f) / scale - 0.5f, height - 1);
            int top = (int) sourceY;
            int bottom = Math.min(top + 1, height - 1);
            float down = sourceY - top;
            for (int x = 0; x < outWidth; x++) {
                float sourceX = within((x + 0.5f) / scale - 0.5f, width - 1);
                int left = (int) sourceX;
                int right = Math.min(left + 1, width - 1);
                float across = sourceX - left;
                for (int colour = 0; colour < 3; colour++) {
                    float above = mix(
                            small[(top * width + left) * 3 + colour],
                            small[(top * width + right) * 3 + colour],
                            across);
                    float below = mix(
                            small[(bottom * width + left) * 3 + colour],
                            small[(bottom * width + right) * 3 + colour],
                            across);
                    rgb[at++] = Colours.toByte(mix(above, below, down));
                }
            }
        }
        return new RgbImage(outWidth, outHeight, rgb);
    }

    private float[] colours(float[] latent, int positions) {
        float[] colours = new float[positions * 3];
        int channels = Math.min(weights.length, latent.length / positions);
        for (int i = 0; i < positions; i++) {
            for (int colour = 0; colour < 3; colour++) {
                float sum = bias[colour];
                for (int channel = 0; channel < channels; channel++) {
                    sum += latent[channel * positions + i] * weights[channel][colour];
                }
                colours[i * 3 + colour] = sum;
            }
        }
        return colours;
    }

    private static float within(float value, int most) {
        return Math.max(0, Math.min(value, most));
    }

    private static float mix(float from, float to, float share) {
        return from + (to - from) * share;
    }
}
