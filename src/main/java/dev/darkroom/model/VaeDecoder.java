package dev.darkroom.model;

import dev.darkroom.image.RgbImage;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns latents into pictures: {@code latent_sample} to {@code sample}, or to the bytes of {@link PicturePatch}. SDXL's
 * VAE overflows 16-bit floats; where it does so on a GPU, it goes on on the CPU, where ONNX Runtime computes such graphs in
 * 32 bits.
 */
final class VaeDecoder implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(VaeDecoder.class);

    /** Opens the same network where it does not overflow. */
    interface Refuge {
        OnnxGraph open() throws ModelException;
    }

    /** What exporters call the pictures. */
    static final String SAMPLE = "sample";

    private final PipelineConfig config;
    private @Nullable Refuge refuge;
    private Place place;

    /** The network where it is computed. */
    private static final class Place implements AutoCloseable {
        final OnnxGraph graph;
        final String input;
        final String output;
        final TensorSlot latents;
        final TensorSlot pictures;

        /** Of a graph that answers with bytes: finite if no number overflowed; else null. */
        final @Nullable TensorSlot sum;

        Place(OnnxGraph graph) throws ModelException {
            if (graph.inputs().size() != 1) {
                throw new ModelException("The VAE decoder must have one input, found %s"
                        .formatted(String.join(", ", graph.inputs().keySet())));
            }
            this.graph = graph;
            this.input = graph.inputs().keySet().iterator().next();
            boolean bytes = graph.outputs().containsKey(PicturePatch.BYTES);
            this.output = bytes ? PicturePatch.BYTES : graph.output(SAMPLE);
            this.sum = bytes
                    ? new TensorSlot(graph.environment(), graph.outputs().get(PicturePatch.SUM).type, PicturePatch.SUM)
                    : null;
            this.latents = new TensorSlot(graph.environment(), graph.inputs().get(input).type, input);
            this.pictures = bytes
                    ? TensorSlot.ofBytes(graph.environment())
                    : new TensorSlot(graph.environment(), graph.outputs().get(output).type, output);
        }

        @Override
        public void close() {
            latents.close();
            pictures.close();
            if (sum != null) {
                sum.close();
            }
            graph.close();
        }
    }

    /**
     * @param refuge where to go on when the graph overflows, or null if there is no such place
     * @throws ModelException if the graph has other than one input
     */
    VaeDecoder(OnnxGraph graph, PipelineConfig config, @Nullable Refuge refuge) throws ModelException {
        this.place = new Place(graph);
        this.config = config;
        this.refuge = refuge;
    }

    /** @see LoadedModel#decode */
    RgbImage decode(float[] latent, int height, int width) throws ModelException {
        float[] unscaled = new float[config.latentChannels() * height * width];
        for (int i = 0; i < unscaled.length; i++) {
            if (!Float.isFinite(latent[i])) {
                throw new ModelException("The denoiser made a latent that holds no number (NaN or infinity)");
            }
            unscaled[i] = config.scaling().toVae(i / (height * width), latent[i]);
        }
        RgbImage picture = attempt(unscaled, height, width);
        Refuge elsewhere = refuge;
        if (picture == null && elsewhere != null) {
            LOG.warn("The VAE decoder overflows 16 bits on this device; it is computed on the CPU from now on");
            refuge = null;
            Place safe = new Place(elsewhere.open());
            place.close();
            place = safe;
            picture = attempt(unscaled, height, width);
        }
        if (picture == null) {
            throw new ModelException("The VAE decoder made a picture that holds no number (NaN or infinity);"
                    + " a 16-bit SDXL VAE does so unless it is one that was fixed for 16 bits or exported in 32");
        }
        return picture;
    }

    /** Returns null if the network overflowed. */
    private @Nullable RgbImage attempt(float[] latent, int height, int width) throws ModelException {
        int outHeight = height * config.latentScale();
        int outWidth = width * config.latentScale();
        var in = place.latents.shaped(1, config.latentChannels(), height, width);
        place.latents.put(0, latent, latent.length);
        TensorSlot sum = place.sum;
        if (sum == null) {
            place.graph.runInto(
                    Map.of(place.input, in), Map.of(place.output, place.pictures.shaped(1, 3, outHeight, outWidth)));
            return picture(outHeight, outWidth);
        }
        place.graph.runInto(
                Map.of(place.input, in),
                Map.of(place.output, place.pictures.shaped(1, outHeight, outWidth, 3), PicturePatch.SUM, sum.shaped()));
        return bytes(sum, outHeight, outWidth);
    }

    private @Nullable RgbImage bytes(TensorSlot sum, int height, int width) {
        float[] total = new float[1];
        sum.get(0, total, 1);
        if (!Float.isFinite(total[0])) {
            return null;
        }
        byte[] rgb = new byte[height * width * 3];
        place.pictures.get(rgb);
        return new RgbImage(width, height, rgb);
    }

    private @Nullable RgbImage picture(int height, int width) {
        int pixels = height * width;
        float[] plane = new float[pixels];
        byte[] rgb = new byte[pixels * 3];
        for (int colour = 0; colour < 3; colour++) {
            place.pictures.get(colour * pixels, plane, pixels);
            for (int i = 0; i < pixels; i++) {
                if (!Float.isFinite(plane[i])) {
                    return null;
                }
                rgb[i * 3 + colour] = Colours.toByte(plane[i]);
            }
        }
        return new RgbImage(width, height, rgb);
    }

    @Override
    public void close() {
        place.close();
    }
}
