package dev.darkroom.model;

import dev.darkroom.image.RgbImage;
import java.util.Map;

/** Turns latents into pictures: {@code latent_sample} to {@code sample}. */
final class VaeDecoder implements AutoCloseable {
    private final OnnxGraph graph;
    private final String input;
    private final String output;
    private final TensorSlot latents;
    private final TensorSlot pictures;
    private final PipelineConfig config;

    /** @throws ModelException if the graph has other than one input */
    VaeDecoder(OnnxGraph graph, PipelineConfig config) throws ModelException {
        if (graph.inputs().size() != 1) {
            throw new ModelException("The VAE decoder must have one input, found %s"
                    .formatted(String.join(", ", graph.inputs().keySet())));
        }
        this.graph = graph;
        this.config = config;
        this.input = graph.inputs().keySet().iterator().next();
        this.output = graph.output("sample");
        this.latents = new TensorSlot(graph.environment(), graph.inputs().get(input).type, input);
        this.pictures = new TensorSlot(graph.environment(), graph.outputs().get(output).type, output);
    }

    /** @see LoadedModel#decode */
    RgbImage decode(float[] latent, int height, int width) throws ModelException {
        int channels = config.latentChannels();
        float[] unscaled = new float[channels * height * width];
        for (int i = 0; i < unscaled.length; i++) {
            if (!Float.isFinite(latent[i])) {
                throw new ModelException("The denoiser made a latent that holds no number (NaN or infinity)");
            }
            unscaled[i] = latent[i] / config.scalingFactor() + config.shiftFactor();
        }
        int outHeight = height * config.latentScale();
        int outWidth = width * config.latentScale();
        var in = latents.shaped(1, channels, height, width);
        latents.put(0, unscaled, unscaled.length);
        graph.runInto(Map.of(input, in), Map.of(output, pictures.shaped(1, 3, outHeight, outWidth)));
        return picture(outHeight, outWidth);
    }

    private RgbImage picture(int height, int width) throws ModelException {
        int pixels = height * width;
        float[] plane = new float[pixels];
        byte[] rgb = new byte[pixels * 3];
        for (int colour = 0; colour < 3; colour++) {
            pictures.get(colour * pixels, plane, pixels);
            for (int i = 0; i < pixels; i++) {
                if (!Float.isFinite(plane[i])) {
                    throw new ModelException("The VAE decoder made a picture that holds no number (NaN or infinity)");
                }
                rgb[i * 3 + colour] = Colours.toByte(plane[i]);
            }
        }
        return new RgbImage(width, height, rgb);
    }

    @Override
    public void close() {
        latents.close();
        pictures.close();
        graph.close();
    }
}
