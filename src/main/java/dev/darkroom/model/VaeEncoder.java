package dev.darkroom.model;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtSession;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/**
 * Turns pictures into latents: {@code sample} to {@code latent_parameters} (means, then logarithms of variances; current
 * exports), or to {@code latent_sample} (drawn inside of the graph; older ones).
 */
final class VaeEncoder implements AutoCloseable {
    private final OnnxGraph graph;
    private final PipelineConfig config;
    private final String input;
    private final String output;
    private final TensorSlot pictures;
    private final TensorSlot latents;

    /** @throws ModelException if the graph has other than one input */
    VaeEncoder(OnnxGraph graph, PipelineConfig config) throws ModelException {
        if (graph.inputs().size() != 1) {
            throw new ModelException("The VAE encoder must have one input, found %s"
                    .formatted(String.join(", ", graph.inputs().keySet())));
        }
        this.graph = graph;
        this.config = config;
        this.input = graph.inputs().keySet().iterator().next();
        this.output = graph.output("latent_parameters");
        this.pictures = new TensorSlot(graph.environment(), graph.inputs().get(input).type, input);
        this.latents = new TensorSlot(graph.environment(), graph.outputs().get(output).type, output);
    }

    /** Returns the latent of a grey picture, by the size of the latent. */
    float[] grey(int height, int width) throws ModelException {
        int scale = config.latentScale();
        return encode(new float[3 * height * scale * width * scale], height, width);
    }

    /**
     * Returns the likeliest latent of a picture, scaled as the denoiser wants it.
     *
     * @param planes {@code [3, height, width]} times the latent scale, from -1 to 1
     * @param height of the latent
     * @param width of the latent
     * @return {@code [channels, height, width]}
     */
    float[] encode(float[] planes, int height, int width) throws ModelException {
        int scale = config.latentScale();
        int length = config.latentChannels() * height * width;
        OnnxTensor in = pictures.shaped(1, 3, (long) height * scale, (long) width * scale);
        pictures.put(0, planes, planes.length);
        float[] latent = new float[length];
        try (OrtSession.Result result = graph.run(Map.of(input, in), Set.of(output))) {
            OnnxTensor tensor = (OnnxTensor) result.get(0);
            long[] shape = tensor.getInfo().getShape();
            if (tensor.getInfo().getNumElements() < length || shape.length != 4 || shape[2] != height) {
                throw new ModelException("The VAE encoder gave %s in place of %d channels of %d x %d"
                        .formatted(Arrays.toString(shape), config.latentChannels(), height, width));
            }
            latents.read(tensor, latent);
        }
        for (int i = 0; i < length; i++) {
            latent[i] = config.scaling().fromVae(i / (height * width), latent[i]);
            if (!Float.isFinite(latent[i])) {
                throw new ModelException("The VAE encoder made a latent that holds no number (NaN or infinity)");
            }
        }
        return latent;
    }

    @Override
    public void close() {
        pictures.close();
        latents.close();
        graph.close();
    }
}
