package dev.darkroom.diffusion;

/**
 * Matsumoto and Nishimura's MT19937 (1998) and, on top of it, the normal numbers of PyTorch's CPU generator: after
 * {@code torch.manual_seed(seed)}, {@code torch.randn(length)} in single precision. PyTorch seeds it with the low 32
 * bits alone. PyTorch's own builds differ from each other in the last bits; these stay within 1e-6 of them. One thread at
 * a time.
 */
public final class MersenneTwister {

    private static final int LENGTH = 624;
    private static final int MIDDLE = 397;
    private static final int BLOCK = 16;

    private final int[] state = new int[LENGTH];
    private int position = LENGTH;

    /** Seeds as {@code torch.manual_seed} does. */
    public MersenneTwister(long seed) {
        seed((int) seed);
    }

    /**
     * Seeds with a number of any length, as the authors' {@code init_by_array} of 2002 does, which Python's
     * {@code random} uses.
     *
     * @param key words of 32 bits, at least one
     */
    public MersenneTwister(int[] key) {
        seed(19650218);
        int at = 1;
        for (int i = 0; i < Math.max(LENGTH, key.length); i++) {
            int word = i % key.length;
            state[at] = (state[at] ^ (state[at - 1] ^ (state[at - 1] >>> 30)) * 1664525) + key[word] + word;
            at = after(at);
        }
        for (int i = 1; i < LENGTH; i++) {
            state[at] = (state[at] ^ (state[at - 1] ^ (state[at - 1] >>> 30)) * 1566083941) - at;
            at = after(at);
        }
        state[0] = 0x80000000;
    }

    private int after(int at) {
        if (at + 1 < LENGTH) {
            return at + 1;
        }
        state[0] = state[LENGTH - 1];
        return 1;
    }

    private void seed(int seed) {
        state[0] = seed;
        for (int i = 1; i < LENGTH; i++) {
            state[i] = 1812433253 * (state[i - 1] ^ (state[i - 1] >>> 30)) + i;
        }
    }

    /** Returns the next 32 bits. */
    public int nextInt() {
        if (position == LENGTH) {
            twist();
        }
        int y = state[position++];
        y ^= y >>> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >>> 18);
    }

    private void twist() {
        for (int i = 0; i < LENGTH; i++) {
            int y = (state[i] & 0x80000000) | (state[(i + 1) % LENGTH] & 0x7fffffff);
            state[i] = state[(i + MIDDLE) % LENGTH] ^ (y >>> 1) ^ ((y & 1) * 0x9908b0df);
        }
        position = 0;
    }

    /** Fills the array as {@code torch.randn} would. */
    void fillNormal(float[] into) {
        if (into.length < BLOCK) {
            fillOneByOne(into);
            return;
        }
        for (int i = 0; i < into.length; i++) {
            into[i] = nextFloat();
        }
        int wholeBlocks = into.length / BLOCK * BLOCK;
        for (int start = 0; start < wholeBlocks; start += BLOCK) {
            transformBlock(into, start);
        }
        if (wholeBlocks < into.length) {
            int start = into.length - BLOCK;
            for (int i = start; i < into.length; i++) {
                into[i] = nextFloat();
            }
            transformBlock(into, start);
        }
    }

    /** Box and Muller on eight pairs; each intermediate is rounded to a float, as PyTorch's vector code does. */
    private static void transformBlock(float[] values, int start) {
        for (int i = start; i < start + BLOCK / 2; i++) {
            float u1 = 1 - values[i];
            float u2 = values[i + BLOCK / 2];
            float radius = (float) Math.sqrt(-2 * (float) StrictMath.log(u1));
            float angle = (float) (2 * Math.PI) * u2;
            values[i] = radius * (float) StrictMath.cos(angle);
            values[i + BLOCK / 2] = radius * (float) StrictMath.sin(angle);
        }
    }

    /** Short tensors are made in double precision, a pair at a time. */
    private void fillOneByOne(float[] into) {
        for (int i = 0; i < into.length; i += 2) {
            double u1 = nextDouble();
            double u2 = nextDouble();
            double radius = Math.sqrt(-2 * StrictMath.log1p(-u2));
            double angle = 2 * Math.PI * u1;
            into[i] = (float) (radius * StrictMath.cos(angle));
            if (i + 1 < into.length) {
                into[i + 1] = (float) (radius * StrictMath.sin(angle));
            }
        }
    }

    private float nextFloat() {
        return (nextInt() & 0xffffff) * 0x1p-24f;
    }

    private double nextDouble() {
        long high = nextInt();
        long low = nextInt() & 0xffffffffL;
        return ((high << 32 | low) & 0x1fffffffffffffL) * 0x1p-53;
    }
}
