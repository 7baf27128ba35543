package dev.darkroom.model;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Makes one call of a UNet with two rows for each line that it reads, and prints the seconds that it took, those of
 * the process' processor time, and the sum of the output's magnitudes. {@code src/test/golden/full_unet.py} makes the graphs, runs this beside Python's onnxruntime and
 * says how to repeat it.
 */
public final class UnetBenchmark {
    private static final int ROWS = 2;
    private static final int CHANNELS = 4;
    private static final int TOKENS = 77;
    private static final int WIDTH = 768;

    private UnetBenchmark() {}

    /** @param arguments the graph's file, threads, and the latent's side */
    public static void main(String[] arguments) throws Exception {
        Path file = Path.of(arguments[0]);
        int threads = Integer.parseInt(arguments[1]);
        int side = Integer.parseInt(arguments[2]);
        OnnxDevice device = OnnxDevice.detect(new DeviceConfig(DeviceConfig.Choice.CPU, threads, 0));
        OperatingSystemMXBean process = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        OnnxGraph graph = OnnxGraph.load("The UNet", file, device, new RunningCall());
        try (Unet unet = new Unet(graph, new UnetInputs(graph, 8, 0, null));
                BufferedReader turns = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            System.out.printf("ONNX Runtime %s%n", device.environment().getVersion());
            DenoiserBatch batch = batch(side);
            while (turns.readLine() != null) {
                long begun = System.nanoTime();
                long worked = process.getProcessCpuTime();
                unet.predict(batch);
                double seconds = (System.nanoTime() - begun) / 1e9;
                double processor = (process.getProcessCpuTime() - worked) / 1e9;
                System.out.printf("call %.6f %.6f %.6g%n", seconds, processor, sum(batch.outputs()));
            }
        }
    }

    private static DenoiserBatch batch(int side) {
        int latent = CHANNELS * side * side;
        float[][] latents = new float[ROWS][latent];
        Conditioning[] texts = new Conditioning[ROWS];
        for (int row = 0; row < ROWS; row++) {
            float[] states = new float[TOKENS * WIDTH];
            for (int i = 0; i < latent; i++) {
                latents[row][i] = (float) Math.cos((double) row * latent + i);
            }
            for (int i = 0; i < states.length; i++) {
                states[i] = (float) Math.sin((double) row * states.length + i);
            }
            texts[row] = new Conditioning(states, TOKENS, WIDTH);
        }
        return new DenoiserBatch(
                ROWS, CHANNELS, side, side, latents, new float[] {500, 500}, texts, new float[ROWS][latent]);
    }

    private static double sum(float[][] outputs) {
        double sum = 0;
        for (float[] output : outputs) {
            for (float value : output) {
                sum += Math.abs(value);
            }
        }
        return sum;
    }
}
