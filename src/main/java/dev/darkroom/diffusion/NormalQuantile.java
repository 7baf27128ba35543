package dev.darkroom.diffusion;

/**
 * The inverse of the normal distribution, to about seven digits: Wichura, "Algorithm AS 241: The Percentage Points of
 * the Normal Distribution" (1988), PPND7. Made of operations that give the same bits on every machine.
 */
final class NormalQuantile {

    private NormalQuantile() {}

    /** @param p above 0 and below 1 */
    static double of(double p) {
        double q = p - 0.5;
        if (Math.abs(q) <= 0.425) {
            double r = 0.180625 - q * q;
            return q
                    * (((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179)
                    / (((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1);
        }
        double r = Math.sqrt(-StrictMath.log(q < 0 ? p : 1 - p));
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
        return q < 0 ? -tail : tail;
    }
}
