package dev.darkroom.benchmark;

import com.sun.management.OperatingSystemMXBean;
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
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelCatalogue;
import dev.darkroom.model.ModelException;
import dev.darkroom.model.ModelFolder;
import dev.darkroom.model.ModelLoader;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.model.OnnxModelLoader;
import dev.darkroom.settings.Settings;
import dev.darkroom.task.TaskId;
import dev.darkroom.testing.NullModel;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;

/**
 * Prints the host's time per image and step, outside of the network, which is a null one that waits: 4 x 64 x 64
 * latents (512 x 512 pixels), guidance with a negative prompt, Karras sigmas; processor time of the sampler's thread,
 * so that a busy machine matters little. Noise is drawn on another thread while the network is at work. A step of some
 * samplers takes several calls of the network. "Sharp" is with adaptive guidance and sharpness 2, whose blur other
 * threads take a share of: "sharp wall ms" is the clock's time of such a step, without the network's, and "sharp ms in
 * all" the processor time of all threads. "start" is what an image costs before its first step. The yardstick is the
 * time of a loop that never changes, taken between images: a shared machine's speed moves by half, and this helps to
 * tell a slow hour from slow code. Then the share of an image's time that the first model of the models folder spends
 * outside of its text encoder, network and decoder: on the sampler's thread, and with previews and PNG, which a server
 * makes on other threads meanwhile.
 *
 * <pre>mvn -q test-compile exec:java -Dexec.classpathScope=test \
 *     -Dmain.class=dev.darkroom.benchmark.HostTimeBenchmark</pre>
 */
public final class HostTimeBenchmark {

    private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();
    private static final OperatingSystemMXBean PROCESS =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private static final Guidance PLAIN = Guidance.of(7);
    private static final Guidance SHARP = new Guidance(7, 0, 4, 2);
    private static final int STEPS = 30;
    private static final int WARM_UP_IMAGES = 10;
    private static final int IMAGES = 10;
    private static final int MODEL_IMAGES = 5;

    /** For each image. */
    private static final int YARDSTICKS = 5;

    /** Less than any network takes for a picture of that size, and more than a draw of noise. */
    private static final long NETWORK_MILLIS = 2;

    private HostTimeBenchmark() {}

    /** @param args the models folder, {@code models} by default */
    public static void main(String[] args) throws Exception {
        TimedModel model =
                new TimedModel(new NullModel("null", 512, STEPS, NETWORK_MILLIS), CPU::getCurrentThreadCpuTime);
        System.out.printf(
                "%-18s %10s %12s %12s %12s %12s %15s %15s %15s %12s %12s%n",
                "sampler",
                "calls/step",
                "ms/step",
                "p99",
                "sharp ms",
                "sharp p99",
                "sharp ms/call",
                "sharp wall ms",
                "sharp ms in all",
                "ms to start",
                "yardstick ms");
        for (String sampler : Samplers.names()) {
            measure(model, sampler, PLAIN, WARM_UP_IMAGES);
            measure(model, sampler, SHARP, WARM_UP_IMAGES);
            Times plain = measure(model, sampler, PLAIN, IMAGES);
            Times sharp = measure(model, sampler, SHARP, IMAGES);
            double callsPerStep = (double) plain.calls() / IMAGES / STEPS;
            System.out.printf(
                    "%-18s %10.2f %12.3f %12.3f %12.3f %12.3f %15.3f %15.3f %15.3f %12.3f %12.3f%n",
                    sampler,
                    callsPerStep,
                    quantile(plain.steps(), 50),
                    quantile(plain.steps(), 99),
                    quantile(sharp.steps(), 50),
                    quantile(sharp.steps(), 99),
                    quantile(sharp.steps(), 50) / callsPerStep,
                    quantile(sharp.walls(), 50),
                    sharp.all() / IMAGES / STEPS,
                    quantile(plain.starts(), 50),
                    quantile(sharp.yardsticks(), 50));
        }
        share(args);
    }

    /** @param all milliseconds of the whole process */
    private record Times(
            List<Double> steps,
            List<Double> walls,
            List<Double> starts,
            List<Double> yardsticks,
            int calls,
            double all) {}

    private static double quantile(List<Double> times, int percent) {
        return times.stream().sorted().toList().get(times.size() * percent / 100);
    }

    private static Times measure(TimedModel model, String name, Guidance guidance, int images) throws ModelException {
        StepLoop loop = new StepLoop(model);
        Conditioning text = new Conditioning(new float[77 * 768], 77, 768);
        SamplingPlan plan = new SamplingPlan(512, 512, name, "karras", STEPS, guidance.scale());
        List<Double> steps = new ArrayList<>();
        List<Double> walls = new ArrayList<>();
        List<Double> starts = new ArrayList<>();
        List<Double> yardsticks = new ArrayList<>();
        Yardstick yardstick = new Yardstick();
        int calls = 0;
        long before = PROCESS.getProcessCpuTime() - model.nanos;
        for (int image = 0; image < images; image++) {
            long begun = CPU.getCurrentThreadCpuTime();
            Sampler sampler = Samplers.create(plan, model.traits(), image);
            Row row = new Row(TaskId.random(), 0, text, text, guidance, sampler, 64, 64);
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
                LockSupport.parkNanos(NETWORK_MILLIS * 1_000_000);
                yardsticks.add(yardstick.millis());
            }
        }
        double all = (PROCESS.getProcessCpuTime() - model.nanos - before) / 1e6;
        double measuring = yardsticks.stream().mapToDouble(Double::doubleValue).sum();
        return new Times(steps, walls, starts, yardsticks, calls, all - measuring);
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
    private static void share(String[] args) throws Exception {
        Path models = Path.of(args.length == 0 ? "models" : args[0]);
        ModelFolder folder = new ModelCatalogue(models).scan().get(0);
        ModelLoader loader = new OnnxModelLoader(DeviceConfig.from(new Settings(Map.of("sampler.device", "cpu"))));
        try (TimedModel model = new TimedModel(loader.load(folder), System::nanoTime)) {
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
        private final LongSupplier clock;
        private long nanos;
        private long wallNanos;
        private long asideNanos;

        TimedModel(LoadedModel model, LongSupplier clock) {
            this.model = model;
            this.clock = clock;
        }

        private interface Call<T> {
            T make() throws ModelException;
        }

        private <T> T timed(Call<T> call) throws ModelException {
            long wallBegun = System.nanoTime();
            long begun = clock.getAsLong();
            try {
                return call.make();
            } finally {
                nanos += clock.getAsLong() - begun;
                wallNanos += System.nanoTime() - wallBegun;
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
