package dev.darkroom.prompt;

import dev.darkroom.diffusion.MersenneTwister;
import java.math.BigInteger;
import java.util.Collections;
import java.util.List;

/**
 * The numbers of Python's {@code random.Random(seed)}, so that a seed means the same choices as in Fooocus: MT19937
 * seeded with the words of the number's absolute value, and choices by rejection. One thread at a time.
 */
public final class PythonRandom {

    private final MersenneTwister bits;

    /** @param seed any whole number; its sign has no meaning */
    public PythonRandom(BigInteger seed) {
        BigInteger size = seed.abs();
        int[] words = new int[Math.max(1, (size.bitLength() + 31) / 32)];
        for (int i = 0; i < words.length; i++) {
            words[i] = size.shiftRight(32 * i).intValue();
        }
        bits = new MersenneTwister(words);
    }

    public PythonRandom(long seed) {
        this(BigInteger.valueOf(seed));
    }

    /** Returns {@code getrandbits(count)} for 1 to 32 bits. */
    public long bits(int count) {
        if (count < 1 || count > 32) {
            throw new IllegalArgumentException("1 to 32 bits, not " + count);
        }
        return Integer.toUnsignedLong(bits.nextInt() >>> (32 - count));
    }

    /** Returns {@code random()}: from 0 up to, but without, 1, with 53 random bits. */
    public double nextDouble() {
        long high = bits(27);
        long low = bits(26);
        return (high * 0x1p26 + low) * 0x1p-53;
    }

    /** Returns {@code randrange(bound)}. */
    public int below(int bound) {
        if (bound < 1) {
            throw new IllegalArgumentException("nothing lies below " + bound);
        }
        int count = 32 - Integer.numberOfLeadingZeros(bound);
        long drawn = bits(count);
        while (drawn >= bound) {
            drawn = bits(count);
        }
        return (int) drawn;
    }

    /** Returns {@code choice(elements)}. */
    public <T> T choice(List<T> elements) {
        return elements.get(below(elements.size()));
    }

    /** Orders {@code elements} as {@code shuffle} does. */
    public void shuffle(List<?> elements) {
        for (int i = elements.size() - 1; i > 0; i--) {
            Collections.swap(elements, i, below(i + 1));
        }
    }
}
