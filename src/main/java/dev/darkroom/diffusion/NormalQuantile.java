package dev.darkroom.diffusion;

/**
 * The inverse of the normal distribution, to about seven digits: Wichura, "Algorithm AS 241: The Percentage Points of
 * the Normal Distribution" (1988), PPND7. Made of operations that give the same bits on every machine.
 */
final class NormalQuantile {

    /** How far from one half the formula for the middle holds. */
    private static final double MIDDLE = 0.425;

    private static final double LN_2 = 0.6931471805599453;
    private static final double ROOT_OF_2 = 1.4142135623730951;
    private static final long FRACTION = 0xfffffffffffffL;

    private NormalQuantile() {}

    /**
     * Fills a part of an array.
     *
     * @param offsets probabilities, above 0 and below 1, less one half
     * @param start where in {@code into} the first goes
     * @param count how many there are
     */
    static void fill(double[] offsets, float[] into, int start, int count) {
        double[] middle = new double[count];
        setMiddle(middle, offsets);
        for (int i = 0; i < count; i++) {
            into[start + i] = (float) (Math.abs(offsets[i]) <= MIDDLE ? middle[i] : tail(offsets[i]));
        }
    }

    /** Six of seven numbers are meant by this; without a branch the JIT compiler makes vector code of it. */
    private static void setMiddle(double[] into, double[] offsets) {
        for (int i = 0; i < into.length; i++) {
            double r = 0.180625 - offsets[i] * offsets[i];
            into[i] = offsets[i]
                    * (((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179)
                    / (((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1);
        }
    }

    private static double tail(double offset) {
        double r = Math.sqrt(-log(0.5 - Math.abs(offset)));
        double tail;
        if (r <= 5) {
            r -= 1.6;
            tail = (((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777)
                    / ((0.12021132975 * r + 0.73700164250) * r + 1);
        } else {
            r -= 5;
            tail = (((0.017337203997 * r + 0.42868294337) * r + 3.0812263860) * r + 6.6579051150)
                    / ((0.012258202635 * r + 0.24197894225) * r + 1);
        }
        return offset < 0 ? -tail : tail;
    }

    /**
     * The natural logarithm to twelve digits: of {@code 2^e m} it is {@code (e + 1/2) log(2) + 2 artanh(s)} with
     * {@code s = (m - sqrt(2)) / (m + sqrt(2))}, at most 0.172 either way. {@link StrictMath#log} is a call out of Java.
     *
     * @param p above 0, not subnormal
     */
    private static double log(double p) {
        long bits = Double.doubleToRawLongBits(p);
        double m = Double.longBitsToDouble(bits & FRACTION | 0x3ff0000000000000L);
        double s = (m - ROOT_OF_2) / (m + ROOT_OF_2);
        double t = s * s;
        double last = 1.0 / 11 + t * (1.0 / 13 + t / 15);
        double series = 1 + t * (1.0 / 3 + t * (1.0 / 5 + t * (1.0 / 7 + t * (1.0 / 9 + t * last))));
        return ((bits >>> 52) - 1022.5) * LN_2 + 2 * s * series;
    }
}
