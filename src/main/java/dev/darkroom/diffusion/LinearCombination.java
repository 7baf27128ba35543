package dev.darkroom.diffusion;

/** Weighted sums of latents, as plain loops that the JIT compiler turns into vector code. Arrays may be the same. */
final class LinearCombination {

    private LinearCombination() {}

    static void of(float[] into, double a, float[] x) {
        float wa = (float) a;
        for (int i = 0; i < into.length; i++) {
            into[i] = wa * x[i];
        }
    }

    static void of(float[] into, double a, float[] x, double b, float[] y) {
        float wa = (float) a;
        float wb = (float) b;
        for (int i = 0; i < into.length; i++) {
            into[i] = wa * x[i] + wb * y[i];
        }
    }

    static void of(float[] into, double a, float[] x, double b, float[] y, double c, float[] z) {
        float wa = (float) a;
        float wb = (float) b;
        float wc = (float) c;
        for (int i = 0; i < into.length; i++) {
            into[i] = wa * x[i] + wb * y[i] + wc * z[i];
        }
    }

    static void of(float[] into, double a, float[] x, double b, float[] y, double c, float[] z, double d, float[] w) {
        float wa = (float) a;
        float wb = (float) b;
        float wc = (float) c;
        float wd = (float) d;
        for (int i = 0; i < into.length; i++) {
            into[i] = wa * x[i] + wb * y[i] + wc * z[i] + wd * w[i];
        }
    }
}
