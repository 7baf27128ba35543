package dev.darkroom.model;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtSession;
import dev.darkroom.image.RgbImage;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A tiny autoencoder's decoder (Ollin Boer Bohan, "TAESD", 2023) beside the model: sharper previews than by colours. It
 * shares the device with sampling, so that it works a fiftieth of the time at most; previews in between go by colours.
 */
final class TinyDecoder implements LatentPreview {

    private static final Logger LOG = LoggerFactory.getLogger(TinyDecoder.class);

    /** Where exports put it. */
    private static final List<String> PARTS = List.of("vae_decoder_tiny", "taesd_decoder", "taesd");

    private static final int PAUSE = 49;
    private static final int PIXELS_PER_POSITION = 2;

    /** Far from what any autoencoder has, and far from what a float holds. */
    private static final int MOST_SCALE = 1_000_000;

    private final OnnxGraph graph;
    private final String input;
    private final TensorSlot latents;
    private final float scale;
    private final LatentPreview colours;
    private final LongSupplier clock;
    private long next = Long.MIN_VALUE;
    private boolean closed;

    private TinyDecoder(OnnxGraph graph, float scale, LatentPreview colours, LongSupplier clock) throws ModelException {
        if (graph.inputs().size() != 1) {
            throw new ModelException("The tiny decoder must have one input");
        }
        this.graph = graph;
        this.input = graph.inputs().keySet().iterator().next();
        this.latents = new TensorSlot(graph.environment(), graph.inputs().get(input).type, input);
        this.scale = scale;
        this.colours = colours;
        this.clock = clock;
    }

    /**
     * Returns the folder's tiny decoder, or {@code colours} if it has none that works.
     *
     * @param colours for the pictures in between
     * @param channels of a latent
     * @param clock nanoseconds
     */
    static LatentPreview beside(
            Path folder, LatentPreview colours, int channels, OnnxDevice device, LongSupplier clock) {
        for (String part : PARTS) {
            Path file = folder.resolve(part).resolve("model.onnx");
            if (Files.isRegularFile(file)) {
                try {
                    return open(file, colours, channels, device, clock);
                } catch (ModelException broken) {
                    LOG.warn("{}; previews go without it", broken.getMessage());
                }
            }
        }
        return colours;
    }

    private static LatentPreview open(
            Path file, LatentPreview colours, int channels, OnnxDevice device, LongSupplier clock)
            throws ModelException {
        float scale = (float)
                ConfigFile.optional(file.resolveSibling("config.json")).positive("scaling_factor", 1, MOST_SCALE);
        // one thread, since sampling goes on meanwhile
        OnnxDevice beside = new OnnxDevice(device.environment(), device.description(), device.cuda(), 1);
        OnnxGraph graph = OnnxGraph.load("The tiny decoder", file, beside, new RunningCall());
        try (Closing opened = new Closing()) {
            opened.add(graph);
            TinyDecoder decoder = new TinyDecoder(graph, scale, colours, clock);
            decoder.decode(new float[channels * 64], 8, 8);
            opened.keep();
            return decoder;
        }
    }

    @Override
    public synchronized RgbImage picture(float[] latent, int height, int width) {
        long begun = clock.getAsLong();
        if (closed || begun < next) {
            return colours.picture(latent, height, width);
        }
        try {
            return decode(latent, height, width);
        } catch (ModelException | IllegalStateException broken) {
            LOG.warn("A preview goes by colours: {}", broken.getMessage());
            return colours.picture(latent, height, width);
        } finally {
            long ended = clock.getAsLong();
            next = ended + PAUSE * (ended - begun);
        }
    }

    private RgbImage decode(float[] latent, int height, int width) throws ModelException {
        int channels = latent.length / (height * width);
        float[] scaled = new float[latent.length];
        for (int i = 0; i < latent.length; i++) {
            scaled[i] = latent[i] / scale;
        }
        OnnxTensor tensor = latents.shaped(1, channels, height, width);
        latents.put(0, scaled, scaled.length);
        try (OrtSession.Result result = graph.run(Map.of(input, tensor), Set.of(graph.output("sample")))) {
            if (!(result.get(0) instanceof OnnxTensor picture)) {
                throw new ModelException("The tiny decoder answers with no picture");
            }
            long[] shape = picture.getInfo().getShape();
            if (shape.length != 4 || shape[1] != 3) {
                throw new ModelException("The tiny decoder's pictures must have three colours");
            }
            return shrunk(picture.getFloatBuffer(), (int) shape[2], (int) shape[3], height, width);
        }
    }

    /** Averages squares of pixels, so that a preview has two pixels for each latent position. */
    private static RgbImage shrunk(FloatBuffer planes, int rows, int columns, int height, int width) {
        int square = Math.max(1, Math.min(rows / height, columns / width) / PIXELS_PER_POSITION);
        int outHeight = rows / square;
        int outWidth = columns / square;
        byte[] rgb = new byte[outHeight * outWidth * 3];
        for (int colour = 0; colour < 3; colour++) {
            for (int y = 0; y < outHeight; y++) {
                for (int x = 0; x < outWidth; x++) {
                    float sum = 0;
                    for (int dy = 0; dy < square; dy++) {
                        int row = (colour * rows + y * square + dy) * columns + x * square;
                        for (int dx = 0; dx < square; dx++) {
                            sum += planes.get(row + dx);
                        }
                    }
                    rgb[(y * outWidth + x) * 3 + colour] = Colours.toByte(sum / (square * square));
                }
            }
        }
        return new RgbImage(outWidth, outHeight, rgb);
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            latents.close();
            graph.close();
        }
    }
}
