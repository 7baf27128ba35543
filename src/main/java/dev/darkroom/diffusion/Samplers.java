package dev.darkroom.diffusion;

import dev.darkroom.model.ModelTraits;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes samplers by name. */
public final class Samplers {

    private static final Map<String, SamplerKind> BY_NAME = Stream.of(SamplerKind.values())
            .collect(Collectors.toUnmodifiableMap(kind -> kind.samplerName().id(), kind -> kind));

    /** The side in pixels of the squares that Stable Diffusion XL was trained on. */
    private static final int LARGE_SIDE = 1024;

    private Samplers() {}

    /** Returns all samplers, each with its names. */
    public static List<SamplerName> all() {
        return Stream.of(SamplerKind.values()).map(SamplerKind::samplerName).toList();
    }

    /** Returns Fooocus' names of the samplers. */
    public static List<String> names() {
        return all().stream().map(SamplerName::id).toList();
    }

    /** Returns Fooocus' names of the schedules that can be made. */
    public static List<String> schedules() {
        return SigmaSchedule.names();
    }

    /** Returns how many steps a model can make at most. */
    public static int mostSteps(ModelTraits traits) {
        return mostSteps(new NoiseSchedule(traits.schedule(), traits.prediction()));
    }

    /**
     * Returns about how many model calls an image takes. A sampler that is unknown here is taken to make one for each
     * step.
     *
     * @param steps that it makes; none take no calls
     */
    public static int calls(String sampler, int steps) {
        SamplerKind kind = BY_NAME.get(sampler);
        return kind == null ? steps : kind.calls(steps);
    }

    /**
     * Returns a sampler that starts from noise.
     *
     * @param seed the image's: equal seeds give equal pictures
     * @throws IllegalArgumentException if the sampler or schedule is unknown, or steps or size do not suit the model
     */
    public static Sampler create(SamplingPlan plan, ModelTraits traits, long seed) {
        return create(plan, traits, seed, null);
    }

    /**
     * Returns a sampler that starts from a picture, covered with noise, or from noise alone.
     *
     * <p>Of a schedule of {@code steps / denoise} steps, rounded down, the last {@code steps} are sampled, as in Fooocus,
     * so that the number of steps is the plan's. Where the model has not so many timesteps, fewer steps are made, rather
     * than more of the picture.
     *
     * @param seed the image's: equal seeds give equal pictures
     * @param start null starts from noise
     * @throws IllegalArgumentException if the sampler or schedule is unknown, or steps, size or latent do not suit the
     *     model
     */
    public static Sampler create(SamplingPlan plan, ModelTraits traits, long seed, @Nullable StartLatent start) {
        SamplerKind kind = SamplerKind.named(plan.sampler());
        NoiseSchedule schedule = new NoiseSchedule(traits.schedule(), traits.prediction());
        SamplerState state = begin(kind, plan, traits, schedule, seed, start);
        return kind.make(SamplerInputs.of(schedule, state));
    }

    /**
     * Returns a sampler that goes on where another stood when it was saved.
     *
     * @param state from {@link Sampler#save()}
     * @param traits of the same model
     * @throws IllegalArgumentException if the bytes are no sampler's state
     */
    public static Sampler restore(byte[] state, ModelTraits traits) {
        SamplerState read = SamplerState.fromBytes(state);
        NoiseSchedule schedule = new NoiseSchedule(traits.schedule(), traits.prediction());
        return SamplerKind.named(read.sampler()).make(SamplerInputs.of(schedule, read));
    }

    /** Returns the state before the first step. */
    static SamplerState begin(
            SamplerKind kind,
            SamplingPlan plan,
            ModelTraits traits,
            NoiseSchedule schedule,
            long seed,
            @Nullable StartLatent start) {
        double[] sigmas = sigmas(kind, plan, traits, schedule, start == null ? 1 : start.denoise());
        float[] latent = new float[latentLength(plan, traits)];
        new NoiseSource(seed).draw(0, latent);
        if (start == null) {
            // a latent is the picture, of variance one, plus noise; where nothing of it is known, this is its like
            LinearCombination.of(latent, Math.sqrt(1 + sigmas[0] * sigmas[0]), latent);
        } else if (start.latent().length == latent.length) {
            LinearCombination.of(latent, 1, start.latent(), sigmas[0], latent);
        } else {
            throw new IllegalArgumentException("a latent to start from has %d numbers; %d are needed"
                    .formatted(start.latent().length, latent.length));
        }
        return SamplerState.fresh(plan.sampler(), seed, kind.levels(sigmas, schedule), latent);
    }

    private static double[] sigmas(
            SamplerKind kind, SamplingPlan plan, ModelTraits traits, NoiseSchedule schedule, double denoise) {
        int most = mostSteps(schedule);
        int steps = plan.steps();
        if (steps < 1 || steps > most) {
            throw new IllegalArgumentException("steps must be 1 to %d, not %d".formatted(most, steps));
        }
        int all = (int) (steps / denoise);
        if (all > most) {
            all = most;
            steps = Math.max(1, (int) (most * denoise));
        }
        SigmaSchedule named = SigmaSchedule.named(plan.scheduler());
        boolean large = isLarge(traits);
        double[] sigmas = new double[all + 1];
        System.arraycopy(named.sigmas(schedule, kind.skipsPenultimate() ? all + 1 : all, large), 0, sigmas, 0, all);
        return Arrays.copyOfRange(sigmas, all - steps, all + 1);
    }

    private static int mostSteps(NoiseSchedule schedule) {
        // some samplers begin one level earlier
        return schedule.length() - 1;
    }

    /** SDXL Turbo is as large as SDXL, though it was trained on smaller pictures. */
    private static boolean isLarge(ModelTraits traits) {
        return switch (traits.family()) {
            case STABLE_DIFFUSION_1, STABLE_DIFFUSION_2 -> false;
            case STABLE_DIFFUSION_XL -> true;
            case OTHER -> traits.nativeSize() >= LARGE_SIDE;
        };
    }

    private static int latentLength(SamplingPlan plan, ModelTraits traits) {
        int scale = traits.latentScale();
        if (plan.width() < 1 || plan.height() < 1 || plan.width() % scale != 0 || plan.height() % scale != 0) {
            throw new IllegalArgumentException("width and height must be multiples of %d, not %d and %d"
                    .formatted(scale, plan.width(), plan.height()));
        }
        return Math.multiplyExact(
                traits.latentChannels(), Math.multiplyExact(plan.width() / scale, plan.height() / scale));
    }
}
