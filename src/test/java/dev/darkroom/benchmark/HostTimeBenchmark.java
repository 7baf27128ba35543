package dev.darkroom.benchmark;

import dev.darkroom.diffusion.Guidance;
import dev.darkroom.diffusion.Row;
import dev.darkroom.diffusion.Sampler;
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
import dev.darkroom.model.FamilyArchive;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelCatalogue;
import dev.darkroom.model.ModelException;
import dev.darkroom.model.ModelFolder;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.model.OnnxModelLoader;
import dev.darkroom.settings.Settings;
import dev.darkroom.task.TaskId;
import dev.darkroom.testing.NullModel;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Prints the host's time per image and step, outside of the network, at 4 x 64 x 64 latents (a picture of 512 x 512
 * with Stable Diffusion) and Karras sigmas, in processor time of the sampler's thread. The network is a tiny Stable
 * Diffusion 1.5 UNet of random weights that Optimum exported, and ONNX Runtime computes it on all cores, as it does a
 * large one: a step finds the caches full of the network's numbers, and the other cores idle only since a moment. As
 * that takes its time, code is warmed up with a null network. Noise is drawn on another thread while the network is at
 * work. A step of some samplers takes several calls of the network.
 *
 * <p>"Bare" is a step with guidance 1, "plain" one with guidance 7 and a negative prompt, "sharp" one with adaptive
 * guidance and sharpness 2 as well, whose blur other threads take a share of. "Guidance" is what sharp takes beyond
 * bare; that of {@code dpm_adaptive}, whose steps and calls depend on what the network answers, tells little. "Calls"
 * are those of sharp steps, "sharp wall ms" is the clock's time of one without the network's, and "network ms" that of
 * one of its calls, with two rows. Steps are medians of one image each, "start" is what it costs before its first
 * step. The yardstick is the time of a loop that never changes, taken between images: a shared machine's speed moves
 * by half, and this helps to tell a slow hour from slow code. Then the share of an image's time that the first model
 * of the models folder spends outside of its text encoder, network and decoder: on the sampler's thread, and with
 * previews and PNG, which a server makes on other threads meanwhile.
 *
 * <pre>mvn -q test-compile exec:java -Dexec.classpathScope=test \
 *     -Dmain.class=dev.darkroom.benchmark.HostTimeBenchmark [-Dexec.args="models heunpp2 euler"]</pre>
 */
public final class HostTimeBenchmark {

    private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();
    private static final Guidance BARE = Guidance.of(1);
    private static final Guidance PLAIN = Guidance.of(7);
    private static final Guidance SHARP = new Guidance(7, 0, 4, 2);
    private static final String NETWORK = "sd15-optimum";
    private static final int SIDE = 64;
    private static final int STEPS = 20;
    private static final int WARM_UP_IMAGES = 10;
    private static final int IMAGES = 1;
    private static final int MODEL_IMAGES = 5;

    /** For each image. */
    private static final int YARDSTICKS = 20;

    private HostTimeBenchmark() {}

    /** @param args the models folder, {@code models} by default, and the samplers to measure, all by default */
    public static void main(String[] args) throws Exception {
        Path models = Path.of(args.length == 0 ? "models" : args[0]);
        List<String> samplers =
                args.length < 2 ? Samplers.names() : List.of(args).subList(1, args.length);
        Path families = Files.createTempDirectory("darkroom-families");
        try {
            FamilyArchive.unpack(families);
            steps(families, samplers);
        } finally {
            FamilyArchive.remove(families);
        }
        share(models);
    }

    private static void steps(Path families, List<String> samplers) throws Exception {
        try (TimedModel warmUp = new TimedModel(new NullModel("null", 512, STEPS, 0));
                TimedModel model = new TimedModel(load(families, NETWORK))) {
            System.out.printf(
                    "%-18s %10s %10s %10s %10s %12s %10s %10s %15s %15s %12s %12s %12s%n",
                    "sampler",
                    "calls/step",
                    "bare ms",
                    "plain ms",
                    "plain p90",
                    "guidance ms",
                    "sharp ms",
                    "sharp p90",
                    "sharp ms/call",
                    "sharp wall ms",
                    "ms to start",
                    "yardstick ms",
                    "network ms");
            for (String sampler : samplers) {
                measure(warmUp, sampler, BARE, WARM_UP_IMAGES);
                measure(warmUp, sampler, PLAIN, WARM_UP_IMAGES);
                measure(warmUp, sampler, SHARP, WARM_UP_IMAGES);
                Times bare = measure(model, sampler, BARE, IMAGES);
                Times plain = measure(model, sampler, PLAIN, IMAGES);
                print(sampler, bare, plain, measure(model, sampler, SHARP, IMAGES));
            }
        }
    }

    private static void print(String sampler, Times bare, Times plain, Times sharp) {
        double callsPerStep = (double) sharp.calls() / IMAGES / STEPS;
        System.out.printf(
                "%-18s %10.2f %10.3f %10.3f %10.3f %12.3f %10.3f %10.3f %15.3f %15.3f %12.3f %12.3f %12.0f%n",
                sampler,
                callsPerStep,
                quantile(bare.steps(), 50),
                quantile(plain.steps(), 50),
                quantile(plain.steps(), 90),
                quantile(sharp.steps(), 50) - quantile(bare.steps(), 50),
                quantile(sharp.steps(), 50),
                quantile(sharp.steps(), 90),
                quantile(sharp.steps(), 50) / callsPerStep,
                quantile(sharp.walls(), 50),
                quantile(plain.starts(), 50),
                quantile(sharp.yardsticks(), 50),
                sharp.network() / sharp.calls());
    }

    private static LoadedModel load(Path models, String name) throws Exception {
        ModelFolder folder = new ModelCatalogue(models)
                .scan().stream()
                        .filter(found -> found.name().startsWith(name))
                        .findFirst()
                        .orElseThrow();
        return new OnnxModelLoader(DeviceConfig.from(new Settings(Map.of("sampler.device", "cpu")))).load(folder);
    }

    /**
     * What was measured, in milliseconds but for the calls.
     *
     * @param network by the clock, of all calls
     */
    private record Times(
            List<Double> steps,
            List<Double> walls,
            List<Double> starts,
            List<Double> yardsticks,
            int calls,
            double network) {}

    private static double quantile(List<Double> times, int percent) {
        return times.stream().sorted().toList().get(times.size() * percent / 100);
    }

    private static Times measure(TimedModel model, String name, Guidance guidance, int images) throws ModelException {
        StepLoop loop = new StepLoop(model);
        Conditioning text = model.encode("a cat on the moon", 1);
        int pixels = SIDE * model.traits().latentScale();
        SamplingPlan plan = new SamplingPlan(pixels, pixels, name, "karras", STEPS, guidance.scale());
        List<Double> steps = new ArrayList<>();
        List<Double> walls = new ArrayList<>();
        List<Double> starts = new ArrayList<>();
        List<Double> yardsticks = new ArrayList<>();
        Yardstick yardstick = new Yardstick();
        int calls = 0;
        long network = model.wallNanos;
        for (int image = 0; image < images; image++) {
            long begun = CPU.getCurrentThreadCpuTime();
            Sampler sampler = Samplers.create(plan, model.traits(), image);
            Row row = new Row(
                    TaskId.random(), 0, text, guidance.scale() == 1 ? null : text, guidance, sampler, SIDE, SIDE);
            starts.add((CPU.getCurrentThreadCpuTime() - begun) / 1e6);
            List<Row> rows = List.of(row);
            while (!sampler.done()) {
                int step = sampler.step();
                begun = CPU.getCurrentThreadCpuTime() - model.nanos;
                long wallBegun = System.nanoTime() - model.wallNanos;
                while (sampler.step() == step) {
                    loop.turn(rows);
                    calls++;
                }
                // an adaptive sampler may leap over steps
                int leapt = sampler.step() - step;
                walls.add((System.nanoTime() - model.wallNanos - wallBegun) / 1e6 / leapt);
                steps.add((CPU.getCurrentThreadCpuTime() - model.nanos - begun) / 1e6 / leapt);
            }
            for (int i = 0; i < YARDSTICKS; i++) {
                yardsticks.add(yardstick.millis());
            }
        }
        return new Times(steps, walls, starts, yardsticks, calls, (model.wallNanos - network) / 1e6);
    }

    /** Products of 50,000 numbers are added to a third array, 16 times: what vector code, and the second cache, get done. */
    private static final class Yardstick {
        private static final int NUMBERS = 50_000;
        private static final int TIMES = 16;

        private final float[] a = new float[NUMBERS];
        private final float[] b = new float[NUMBERS];
        private final float[] sums = new float[NUMBERS];

        /** Processor time of a measurement. */
        double millis() {
            long begun = CPU.getCurrentThreadCpuTime();
            for (int time = 0; time < TIMES; time++) {
                add();
            }
            return (CPU.getCurrentThreadCpuTime() - begun) / 1e6;
        }

        private void add() {
            for (int i = 0; i < NUMBERS; i++) {
                sums[i] = sums[i] * 0.5f + a[i] * b[i];
            }
        }
    }

    /** How long the device's calls took, the built-in model's among them. */
    private static void share(Path models) throws Exception {
        try (TimedModel model = new TimedModel(load(models, ""))) {
            image(model, 1);
            model.wallNanos = 0;
            model.asideNanos = 0;
            long begun = System.nanoTime();
            for (int seed = 2; seed < 2 + MODEL_IMAGES; seed++) {
                image(model, seed);
            }
            double all = System.nanoTime() - begun;
            double sampling = all - model.asideNanos;
            System.out.printf(
                    "%s: %.0f ms an image, %.2f %% of it outside the model's calls; %.2f %% with previews and PNG%n",
                    model.traits().name(),
                    sampling / 1e6 / MODEL_IMAGES,
                    100 * (sampling - model.wallNanos) / sampling,
                    100 * (all - model.wallNanos) / all);
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
                new Guidance(4, 0),
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

        /** Processor time of the calling thread. */
        private long nanos;

        private long wallNanos;
        private long asideNanos;

        TimedModel(LoadedModel model) {
            this.model = model;
        }

        private interface Call<T> {
            T make() throws ModelException;
        }

        private <T> T timed(Call<T> call) throws ModelException {
            // the thread's own clock outermost, so that reading the other counts for the call
            long begun = CPU.getCurrentThreadCpuTime();
            long wallBegun = System.nanoTime();
            try {
                return call.make();
            } finally {
                wallNanos += System.nanoTime() - wallBegun;
                nanos += CPU.getCurrentThreadCpuTime() - begun;
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
}
