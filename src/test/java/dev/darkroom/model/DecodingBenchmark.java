package dev.darkroom.model;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Prints what a picture takes from its latent to bytes: with the floats turned to bytes in Java, and inside the graph as
 * {@link PicturePatch} does. The two take turns, and who is first changes with every turn.
 */
public final class DecodingBenchmark {

    private static final int TURNS = 60;
    private static final int WARM_UP = 10;
    private static final int THREADS = 2;

    private DecodingBenchmark() {}

    /** @param arguments a model's folder (the built-in model without one), height and width of the latent */
    public static void main(String[] arguments) throws ModelException {
        Path folder = Path.of(arguments.length > 0 ? arguments[0] : "models/emoji");
        PipelineConfig config = PipelineConfig.read(folder);
        int side = config.nativeSize() / config.latentScale();
        int height = arguments.length > 2 ? Integer.parseInt(arguments[1]) : side;
        int width = arguments.length > 2 ? Integer.parseInt(arguments[2]) : side;
        Path file = folder.resolve(PipelineConfig.DECODER);
        GraphPatch patch = PicturePatch.of(file, VaeDecoder.SAMPLE);
        if (patch == null) {
            System.out.printf("%s can't be changed on its way into memory%n", file);
            return;
        }
        float[] latent = new float[config.latentChannels() * height * width];
        Random random = new Random(1);
        for (int i = 0; i < latent.length; i++) {
            latent[i] = (float) random.nextGaussian();
        }
        double[][] millis = new double[2][TURNS];
        try (VaeDecoder java = open(file, null, config);
                VaeDecoder graph = open(file, patch, config)) {
            VaeDecoder[] ways = {java, graph};
            for (int turn = -WARM_UP; turn < TURNS; turn++) {
                for (int i = 0; i < 2; i++) {
                    int way = (turn + i) & 1;
                    long begun = System.nanoTime();
                    ways[way].decode(latent, height, width);
                    if (turn >= 0) {
                        millis[way][turn] = (System.nanoTime() - begun) / 1e6;
                    }
                }
            }
        }
        print("bytes made in Java", millis[0]);
        print("bytes made in the graph", millis[1]);
    }

    private static VaeDecoder open(Path file, @Nullable GraphPatch patch, PipelineConfig config) throws ModelException {
        OnnxDevice device = OnnxDevice.detect(new DeviceConfig(DeviceConfig.Choice.CPU, THREADS, 0));
        RunningCall running = new RunningCall();
        OnnxGraph graph = patch == null
                ? OnnxGraph.load("The decoder", file, device, running)
                : OnnxGraph.load("The decoder", file, patch, device, running);
        return new VaeDecoder(graph, config, null);
    }

    private static void print(String way, double[] millis) {
        Arrays.sort(millis);
        System.out.printf(
                "%s: median %.2f ms, least %.2f ms, p90 %.2f ms%n",
                way, millis[TURNS / 2], millis[0], millis[TURNS * 9 / 10]);
    }
}
