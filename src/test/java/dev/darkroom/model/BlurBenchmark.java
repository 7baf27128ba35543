package dev.darkroom.model;

import dev.darkroom.diffusion.JavaBlur;
import java.util.Arrays;
import java.util.Random;

/**
 * Prints what the blur of sharpness takes on the CPU: in plain Java, row by row, and as the graph that GPUs run, for all
 * rows at once. The two take turns, and who is first changes with every turn.
 */
public final class BlurBenchmark {

    private static final int CHANNELS = 4;
    private static final int WARM_UP = 20;
    private static final int THREADS = 2;

    private BlurBenchmark() {}

    /** @param arguments side of the latents and number of turns; 64 and 30 without */
    public static void main(String[] arguments) throws ModelException {
        int side = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 64;
        int turns = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 30;
        String[] names = {"plain Java", "graph"};
        try (CpuBlur graph = new CpuBlur(THREADS)) {
            EdgePreservingBlur[] ways = {new JavaBlur(), graph};
            for (int rows : new int[] {1, 8}) {
                double[][] millis = measure(ways, rows, side, turns);
                for (int way = 0; way < ways.length; way++) {
                    Arrays.sort(millis[way]);
                    System.out.printf(
                            "%d x %dx%dx%d, %s: median %.2f ms, least %.2f ms; a row %.2f ms%n",
                            rows,
                            CHANNELS,
                            side,
                            side,
                            names[way],
                            millis[way][turns / 2],
                            millis[way][0],
                            millis[way][turns / 2] / rows);
                }
            }
        }
    }

    private static double[][] measure(EdgePreservingBlur[] ways, int rows, int side, int turns) throws ModelException {
        float[][] edges = noise(1, rows, side);
        float[][] pictures = noise(2, rows, side);
        double[][] millis = new double[ways.length][turns];
        for (int turn = -WARM_UP; turn < turns; turn++) {
            for (int i = 0; i < ways.length; i++) {
                int way = (turn + i) & 1;
                float[][] blurred = Arrays.stream(pictures).map(float[]::clone).toArray(float[][]::new);
                long begun = System.nanoTime();
                ways[way].apply(blurred, edges, rows, CHANNELS, side, side);
                if (turn >= 0) {
                    millis[way][turn] = (System.nanoTime() - begun) / 1e6;
                }
            }
        }
        return millis;
    }

    private static float[][] noise(long seed, int rows, int side) {
        Random random = new Random(seed);
        float[][] noise = new float[rows][CHANNELS * side * side];
        for (float[] row : noise) {
            for (int i = 0; i < row.length; i++) {
                row[i] = (float) random.nextGaussian();
            }
        }
        return noise;
    }
}
