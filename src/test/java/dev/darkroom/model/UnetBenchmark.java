package dev.darkroom.model;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Prints the time of a UNet's call with two rows, beside {@code src/test/golden/full_unet.py}, which makes the graphs and
 * says how to run both.
 */
public final class UnetBenchmark {
    private static final int ROWS = 2;
    private static final int CHANNELS = 4;
    private static final int TOKENS = 77;
    private static final int WIDTH = 768;

    private UnetBenchmark() {}

    /** @param arguments the folder, and optionally threads, steps and the latent's side */
    public static void main(String[] arguments) throws Exception {
        int threads = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 2;
        int steps = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 5;
        int side = arguments.length > 3 ? Integer.parseInt(arguments[3]) : 64;
        OnnxDevice device = OnnxDevice.detect(new DeviceConfig(DeviceConfig.Choice.CPU, threads, 0));
        for (String name : new String[] {"fp32", "fp16"}) {
            Path file = Path.of(arguments[0], name, "model.onnx");
            if (!Files.exists(file)) {
                System.out.printf("%s is missing%n", file);
                continue;
            }
            OnnxGraph graph = OnnxGraph.load("The UNet", file, device, new RunningCall());
            try (Unet unet = new Unet(graph, new UnetInputs(graph, 8, 0, null))) {
                measure(name, unet, steps, side);
            }
        }
    }

    private static void measure(String name, Unet unet, int steps, int side) throws ModelException {
        int latent = CHANNELS * side * side;
        float[][] latents = new float[ROWS][latent];
        float[][] outputs = new float[ROWS][latent];
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
        DenoiserBatch batch =
                new DenoiserBatch(ROWS, CHANNELS, side, side, latents, new float[] {500, 500}, texts, outputs);
        double[] seconds = new double[steps];
        for (int step = -1; step < steps; step++) {
            long begun = System.nanoTime();
            unet.predict(batch);
            if (step >= 0) {
                seconds[step] = (System.nanoTime() - begun) / 1e9;
            }
        }
        Arrays.sort(seconds);
        double sum = 0;
        for (float[] output : outputs) {
            for (float value : output) {
                sum += Math.abs(value);
            }
        }
        System.out.printf("%s: median %.3f s, fastest %.3f s, sum %.6g%n", name, seconds[steps / 2], seconds[0], sum);
    }
}
