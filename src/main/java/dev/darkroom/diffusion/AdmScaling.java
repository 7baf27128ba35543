package dev.darkroom.diffusion;

/**
 * Fooocus' "ADM guidance": Stable Diffusion XL is told the picture's size, and paints as it saw pictures of that size. In
 * the first part of sampling the positive prompt is told a larger size, and the negative prompt a smaller one.
 *
 * @param positive the positive prompt's size in units of the true one
 * @param negative the negative prompt's size in units of the true one
 * @param end where that ends, as a share of the timesteps, from 0 to 1
 */
public record AdmScaling(double positive, double negative, double end) {

    /** Fooocus' default. */
    public static final AdmScaling STOCK = new AdmScaling(1.5, 0.8, 0.3);

    /** The true size at every step. */
    public static final AdmScaling NONE = new AdmScaling(1, 1, 0);

    private static final int MULTIPLE = 64;

    /** @throws IllegalArgumentException if a number is out of range */
    public AdmScaling {
        if (!(positive >= 0 && positive <= 3) || !(negative >= 0 && negative <= 3) || !(end >= 0 && end <= 1)) {
            throw new IllegalArgumentException(
                    "ADM scaling needs two factors from 0 to 3 and an end from 0 to 1, not %s, %s and %s"
                            .formatted(positive, negative, end));
        }
    }

    /**
     * Tells whether the scaled sizes apply.
     *
     * @param timestep of the model call
     * @param last the highest timestep, usually 999
     */
    public boolean appliesAt(double timestep, double last) {
        return timestep > last * (1 - end);
    }

    /**
     * Returns SDXL's six time ids: original height and width, crop top and left, target height and width, in pixels.
     *
     * @param width of the picture
     * @param height of the picture
     * @param forPositive whether the positive prompt is told, rather than the negative one
     * @param scaled from {@link #appliesAt}
     */
    public float[] timeIds(int width, int height, boolean forPositive, boolean scaled) {
        int targetWidth = rounded(width);
        int targetHeight = rounded(height);
        if (!scaled) {
            return new float[] {targetHeight, targetWidth, 0, 0, targetHeight, targetWidth};
        }
        double factor = forPositive ? positive : negative;
        return new float[] {(float) (height * factor), (float) (width * factor), 0, 0, targetHeight, targetWidth};
    }

    private static int rounded(int pixels) {
        return (int) Math.rint(pixels / (double) MULTIPLE) * MULTIPLE;
    }
}
