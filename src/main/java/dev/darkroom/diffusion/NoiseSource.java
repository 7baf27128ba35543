package dev.darkroom.diffusion;

/**
 * One image's noise: a function of its seed and of the draw's index, so that it is the same alone and in any batch, and
 * after a restart. Immutable, any thread.
 *
 * <p>Draw 0, the initial noise, is that of PyTorch's CPU generator ({@code torch.manual_seed(seed)},
 * {@code torch.randn}), within 1e-6, as Fooocus and diffusers make it; PyTorch uses the seed's low 32 bits alone. Later
 * draws are a stream of our own, which needs no state: number {@code i} of draw {@code k} is the normal quantile of
 * {@code (m >>> 12) + 0.5} 2<sup>-52</sup>ths, where {@code m = mix(mix(seed + k * G) + (i + 1) * G)}, {@code G} is
 * 0x9e3779b97f4a7c15 and {@code mix} the output function of SplitMix64 (Steele, Lea, Flood, "Fast Splittable
 * Pseudorandom Number Generators", 2014).
 */
public final class NoiseSource {

    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    /** Numbers that are made at a time, in a core's own cache. */
    private static final int BLOCK = 1024;

    private final long seed;

    /** @param seed the image's */
    public NoiseSource(long seed) {
        this.seed = seed;
    }

    /**
     * Fills an array with normal numbers of mean 0 and variance 1.
     *
     * @param index which draw, from 0
     * @param into a whole latent, {@code [channels, height, width]}
     */
    public void draw(long index, float[] into) {
        if (index == 0) {
            new MersenneTwister(seed).fillNormal(into);
            return;
        }
        long state = mix(seed + index * GOLDEN);
        double[] offsets = new double[Math.min(BLOCK, into.length)];
        for (int start = 0; start < into.length; start += BLOCK) {
            int count = Math.min(BLOCK, into.length - start);
            for (int i = 0; i < count; i++) {
                state += GOLDEN;
                offsets[i] = ((mix(state) >>> 12) + 0.5) * 0x1p-52 - 0.5;
            }
            NormalQuantile.fill(offsets, into, start, count);
        }
    }

    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }
}
