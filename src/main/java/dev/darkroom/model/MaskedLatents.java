package dev.darkroom.model;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What an inpainting denoiser is given when a picture is made from text alone: a mask of ones, since everything is to be
 * painted, and the latent of a grey picture, which is what masking everything leaves of any picture.
 */
final class MaskedLatents implements AutoCloseable {
    private static final int SHAPES_KEPT = 4;

    private record Shape(int height, int width) {}

    private final VaeEncoder encoder;
    private final Map<Shape, float[]> known = new LinkedHashMap<>(8, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Shape, float[]> eldest) {
            return size() > SHAPES_KEPT;
        }
    };

    MaskedLatents(VaeEncoder encoder) {
        this.encoder = encoder;
    }

    /** Returns {@code [1 + latent channels, height, width]}, by the size of a latent. Blocks when a size is new. */
    float[] everything(int height, int width) throws ModelException {
        Shape shape = new Shape(height, width);
        float[] channels = known.get(shape);
        if (channels == null) {
            float[] grey = encoder.grey(height, width);
            channels = new float[height * width + grey.length];
            Arrays.fill(channels, 0, height * width, 1);
            System.arraycopy(grey, 0, channels, height * width, grey.length);
            known.put(shape, channels);
        }
        return channels;
    }

    @Override
    public void close() {
        encoder.close();
    }
}
