package dev.darkroom.benchmark;

import dev.darkroom.diffusion.Row;
import dev.darkroom.diffusion.Samplers;
import dev.darkroom.diffusion.SamplingPlan;
import dev.darkroom.diffusion.StepLoop;
import dev.darkroom.image.ImageEncoder;
import dev.darkroom.image.ImageFormat;
import dev.darkroom.image.PreviewEncoder;
import dev.darkroom.image.RgbImage;
import dev.darkroom.model.Conditioning;
import dev.darkroom.model.Denoiser;
import dev.darkroom.model.DeviceConfig;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelCatalogue;
import dev.darkroom.model.ModelDefaults;
import dev.darkroom.model.ModelException;
import dev.darkroom.model.ModelFolder;
import dev.darkroom.model.ModelLoader;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.model.OnnxModelLoader;
import dev.darkroom.model.Prediction;
import dev.darkroom.model.TrainingSchedule;
import dev.darkroom.settings.Settings;
import dev.darkroom.task.TaskId;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Prints the host's time per image and step, outside of the network, which is a null one: 4 x 64 x 64 latents (512 x 512
 * pixels), guidance with a negative prompt, Karras sigmas, a turn of the step loop per model call. "start" is what an
 * image costs before its first step. Then the share of an image's time that the first model of the models folder spends
 * outside of its text encoder, network and decoder: on the sampler's thread, and with
 * previews and PNG, which a server makes on other threads meanwhile.
 *
 * <pre>mvn -q test-compile exec:java -Dexec.classpathScope=test \
 *     -Dmain.class=dev.darkroom.benchmark.HostTimeBenchmark</pre>
 */
public final class HostTimeBenchmark {

    private static final int STEPS = 30;
    private static final int WARM_UP_IMAGES = 60;
    private static final int IMAGES = 60;
    private static final int MODEL_IMAGES = 5;

    private HostTimeBenchmark() {}

    /** @param args the models folder, {@code models} by default */
    public static void main(String[] args) throws Exception {
        LoadedModel model = new NullModel();
        System.out.printf("%-20s %14s %14s %14s%n", "sampler", "median ms/step", "p99 ms/step", "median ms start");
        for (String sampler : Samplers.names()) {
            measure(model, sampler, WARM_UP_IMAGES);
            measure(model, sampler, IMAGES).print(sampler);
        }
        share(args);
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

    /** How long the device's calls took, the built-in model's among them. */
    private static void share(String[] args) throws Exception {
        Path models = Path.of(args.length == 0 ? "models" : args[0]);
        ModelFolder folder = new ModelCatalogue(models).scan().get(0);
        ModelLoader loader = new OnnxModelLoader(DeviceConfig.from(new Settings(Map.of("sampler.device", "cpu"))));
        try (TimedModel model = new TimedModel(loader.load(folder))) {
            image(model, 1);
            model.nanos = 0;
            model.asideNanos = 0;
            long begun = System.nanoTime();
            for (int seed = 2; seed < 2 + MODEL_IMAGES; seed++) {
                image(model, seed);
            }
            double all = System.nanoTime() - begun;
            double sampling = all - model.asideNanos;
            System.out.printf(
                    "%s: %.0f ms an image, %.2f %% of it outside the model's calls; %.2f %% with previews and PNG%n",
                    folder.name(),
                    sampling / 1e6 / MODEL_IMAGES,
                    100 * (sampling - model.nanos) / sampling,
                    100 * (all - model.nanos) / all);
        }
    }

    /** Texts, steps each with its preview, picture, PNG; a server makes previews and PNG on other threads meanwhile. */
    private static void image(TimedModel model, int seed) throws Exception {
        ModelTraits traits = model.traits();
        int size = traits.nativeSize();
        SamplingPlan plan = new SamplingPlan(size, size, "dpmpp_2m", "karras", 16, 7);
        int side = size / traits.latentScale();
        Row row = new Row(
                TaskId.random(),
                0,
                model.encode("a cat on the moon", 1),
                model.encode("", 1),
                4,
                Samplers.create(plan, traits, seed),
                side,
                side);
        StepLoop loop = new StepLoop(model);
        PreviewEncoder previews = new PreviewEncoder();
        while (!row.sampler().done()) {
            int step = row.sampler().step();
            while (row.sampler().step() == step) {
                loop.turn(List.of(row));
            }
            float[] estimate = row.denoised();
            long begun = System.nanoTime();
            if (estimate != null) {
                previews.encode(model.preview(estimate, side, side));
            }
            model.asideNanos += System.nanoTime() - begun;
        }
        RgbImage picture = model.decode(row.sampler().latent(), side, side);
        long begun = System.nanoTime();
        new ImageEncoder().encode(picture, ImageFormat.PNG, Map.of());
        model.asideNanos += System.nanoTime() - begun;
    }

    /** Adds up the time of the calls that compute on the device. */
    private static final class TimedModel implements LoadedModel {
        private final LoadedModel model;
        private long nanos;
        private long asideNanos;

        TimedModel(LoadedModel model) {
            this.model = model;
        }

        private interface Call<T> {
            T make() throws ModelException;
        }

        private <T> T timed(Call<T> call) throws ModelException {
            long begun = System.nanoTime();
            try {
                return call.make();
            } finally {
                nanos += System.nanoTime() - begun;
            }
        }

        @Override
        public ModelTraits traits() {
            return model.traits();
        }

        @Override
        public Denoiser denoiser() {
            Denoiser denoiser = model.denoiser();
            return batch -> timed(() -> {
                denoiser.predict(batch);
                return true;
            });
        }

        @Override
        public Conditioning encode(String text, int clipSkip) throws ModelException {
            return timed(() -> model.encode(text, clipSkip));
        }

        @Override
        public RgbImage decode(float[] latent, int height, int width) throws ModelException {
            return timed(() -> model.decode(latent, height, width));
        }

        @Override
        public RgbImage preview(float[] latent, int height, int width) {
            return model.preview(latent, height, width);
        }

        @Override
        public void close() {
            model.close();
        }
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
