package dev.darkroom.model;

import org.jspecify.annotations.Nullable;

/**
 * The layer normalisation between a text encoder's last layer and its output. Exports hold it inside of the graph, but
 * "CLIP skip" needs it after an earlier layer. Its weights follow from one text's numbers before and after it: per
 * channel a straight line.
 */
final class FinalNorm {
    private static final double EPSILON = 1e-5;
    private static final double TOLERANCE = 0.02;

    private final float[] scale;
    private final float[] bias;

    private FinalNorm(float[] scale, float[] bias) {
        this.scale = scale;
        this.bias = bias;
    }

    /** Returns the normalisation that turns one into the other, or null if none does. */
    static @Nullable FinalNorm fit(Conditioning before, Conditioning after) {
        int tokens = before.tokens();
        int width = before.width();
        if (after.width() != width || tokens < 3) {
            return null;
        }
        float[] in = normalized(before);
        float[] out = after.hiddenStates();
        FinalNorm norm = new FinalNorm(new float[width], new float[width]);
        for (int channel = 0; channel < width; channel++) {
            double x = 0;
            double y = 0;
            double xx = 0;
            double xy = 0;
            for (int at = channel; at < in.length; at += width) {
                x += in[at];
                y += out[at];
                xx += (double) in[at] * in[at];
                xy += (double) in[at] * out[at];
            }
            double spread = xx - x * x / tokens;
            double slope = spread < 1e-9 ? 0 : (xy - x * y / tokens) / spread;
            norm.scale[channel] = (float) slope;
            norm.bias[channel] = (float) ((y - slope * x) / tokens);
        }
        float[] fitted = norm.apply(before).hiddenStates();
        for (int i = 0; i < fitted.length; i++) {
            if (Math.abs(fitted[i] - out[i]) > TOLERANCE * (1 + Math.abs(out[i]))) {
                return null;
            }
        }
        return norm;
    }

    /** Returns the normalised hidden states. */
    Conditioning apply(Conditioning hidden) {
        float[] out = normalized(hidden);
        for (int i = 0; i < out.length; i++) {
            int channel = i % hidden.width();
            out[i] = out[i] * scale[channel] + bias[channel];
        }
        return new Conditioning(out, hidden.tokens(), hidden.width());
    }

    private static float[] normalized(Conditioning hidden) {
        int width = hidden.width();
        float[] in = hidden.hiddenStates();
        float[] out = new float[in.length];
        for (int start = 0; start < in.length; start += width) {
            double mean = 0;
            for (int i = 0; i < width; i++) {
                mean += in[start + i];
            }
            mean /= width;
            double variance = 0;
            for (int i = 0; i < width; i++) {
                variance += (in[start + i] - mean) * (in[start + i] - mean);
            }
            double deviation = Math.sqrt(variance / width + EPSILON);
            for (int i = 0; i < width; i++) {
                out[start + i] = (float) ((in[start + i] - mean) / deviation);
            }
        }
        return out;
    }
}
