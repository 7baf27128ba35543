package dev.darkroom.benchmark;

import dev.darkroom.diffusion.Row;
import dev.darkroom.diffusion.Samplers;
import dev.darkroom.diffusion.SamplingPlan;
import dev.darkroom.diffusion.StepLoop;
import dev.darkroom.image.RgbImage;
import dev.darkroom.model.Conditioning;
import dev.darkroom.model.Denoiser;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelDefaults;
import dev.darkroom.model.ModelException;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.model.Prediction;
import dev.darkroom.model.TrainingSchedule;
import dev.darkroom.task.TaskId;
import java.util.Arrays;
import java.util.List;

/**
 * Prints the host's time per image and step, outside of the network, which is a null one: 4 x 64 x 64 latents (512 x 512
 * pixels), guidance with a negative prompt, Karras sigmas, a turn of the step loop per model call. "start" is what an
 * image costs before its first step.
 *
 * <pre>mvn -q test-compile exec:java -Dexec.classpathScope=test \
 *     -Dmain.class=dev.darkroom.benchmark.HostTimeBenchmark</pre>
 */
public final class HostTimeBenchmark {

    private static final int STEPS = 30;
    private static final int WARM_UP_IMAGES = 60;
    private static final int IMAGES = 60;

    private HostTimeBenchmark() {}

    /** @param args none */
    public static void main(String[] args) throws ModelException {
        LoadedModel model = new NullModel();
        System.out.printf("%-20s %14s %14s %14s%n", "sampler", "median ms/step", "p99 ms/step", "median ms start");
        for (String sampler : Samplers.names()) {
            measure(model, sampler, WARM_UP_IMAGES);
            measure(model, sampler, IMAGES).print(sampler);
        }
    }

    private record Times(double[] steps, double[] starts) {
        void print(String sampler) {
            Arrays.sort(steps);
            Arrays.sort(starts);
            System.out.printf(
                    "%-20s %14.3f %14.3f %14.3f%n",
                    sampler, steps[steps.length / 2], steps[steps.length * 99 / 100], starts[starts.length / 2]);
        }
    }

    private static Times measure(LoadedModel model, String name, int images) throws ModelException {
        StepLoop loop = new StepLoop(model);
        Conditioning text = new Conditioning(new float[77 * 768], 77, 768);
        SamplingPlan plan = new SamplingPlan(512, 512, name, "karras", STEPS, 7);
        double[] steps = new double[images * STEPS];
        double[] starts = new double[images];
        int measured = 0;
        for (int image = 0; image < images; image++) {
            long begun = System.nanoTime();
            Row row = new Row(TaskId.random(), 0, text, text, 7, Samplers.create(plan, model.traits(), image), 64, 64);
            starts[image] = (System.nanoTime() - begun) / 1e6;
            List<Row> rows = List.of(row);
            while (!row.sampler().done()) {
                int step = row.sampler().step();
                begun = System.nanoTime();
                while (row.sampler().step() == step) {
                    loop.turn(rows);
                }
                steps[measured++] = (System.nanoTime() - begun) / 1e6;
            }
        }
        return new Times(steps, starts);
    }

    private record NullModel(ModelTraits traits, Denoiser denoiser) implements LoadedModel {

        NullModel() {
            this(
                    new ModelTraits(
                            "null",
                            "",
                            4,
                            8,
                            8,
                            512,
                            Prediction.EPSILON,
                            new TrainingSchedule(1000, 0.00085, 0.012, "scaled_linear", false, "leading", 1),
                            ModelDefaults.NONE),
                    batch -> {
                        for (int row = 0; row < batch.rows(); row++) {
                            Arrays.fill(batch.outputs()[row], 0); // the loop works in place
                        }
                    });
        }

        @Override
        public Conditioning encode(String text, int clipSkip) {
            throw new UnsupportedOperationException();
        }

        @Override
        public RgbImage decode(float[] latent, int height, int width) {
            throw new UnsupportedOperationException();
        }

        @Override
        public RgbImage preview(float[] latent, int height, int width) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {}
    }
}
