package dev.darkroom.diffusion;

import dev.darkroom.model.ModelTraits;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes samplers by name. To add one, write its class and enter it here. */
public final class Samplers {

    private interface Maker {
        Sampler make(NoiseSchedule schedule, SamplerState state);
    }

    /** @param skipsPenultimate the schedule is made for one step more, and its last level above 0 is left out */
    private record Kind(Maker maker, boolean skipsPenultimate) {}

    private static final Map<String, Kind> KINDS = kinds();

    private Samplers() {}

    private static Map<String, Kind> kinds() {
        Map<String, Kind> kinds = new LinkedHashMap<>();
        kinds.put("euler", new Kind(Euler::new, false));
        kinds.put("euler_ancestral", new Kind(EulerAncestral::new, false));
        kinds.put("heun", new Kind(Heun::new, false));
        kinds.put("dpm_2", new Kind(Dpm2::new, true));
        kinds.put("dpmpp_2s_ancestral", new Kind(DpmPlusPlus2SAncestral::new, false));
        kinds.put("dpmpp_sde", new Kind(DpmPlusPlusSde::new, false));
        kinds.put("dpmpp_sde_gpu", new Kind(DpmPlusPlusSde::new, false));
        kinds.put("dpmpp_2m", new Kind(DpmPlusPlus2M::new, false));
        kinds.put("dpmpp_2m_sde", new Kind(DpmPlusPlus2MSde::new, false));
        kinds.put("dpmpp_2m_sde_gpu", new Kind(DpmPlusPlus2MSde::new, false));
        kinds.put("ddpm", new Kind(EulerAncestral::new, false));
        kinds.put("lcm", new Kind(Lcm::new, false));
        kinds.put("ddim", new Kind(Euler::new, false));
        return kinds;
    }

    /** Returns Fooocus' names of the samplers that can be made. */
    public static List<String> names() {
        return List.copyOf(KINDS.keySet());
    }

    /** Returns Fooocus' names of the schedules that can be made. */
    public static List<String> schedules() {
        return SigmaSchedule.names();
    }

    /**
     * Returns a sampler that starts from noise.
     *
     * @param seed the image's: equal seeds give equal pictures
     * @throws IllegalArgumentException if the sampler or schedule is unknown, or steps or size do not suit the model
     */
    public static Sampler create(SamplingPlan plan, ModelTraits traits, long seed) {
        Kind kind = kind(plan.sampler());
        NoiseSchedule schedule = new NoiseSchedule(traits.schedule(), traits.prediction());
        double[] sigmas = sigmas(SigmaSchedule.named(plan.scheduler()), kind, schedule, plan.steps());
        float[] latent = new float[latentLength(plan, traits)];
        new NoiseSource(seed).draw(0, latent);
        // a latent is the picture, of variance one, plus noise; where nothing of the picture is known, this is its like
        LinearCombination.of(latent, Math.sqrt(1 + sigmas[0] * sigmas[0]), latent);
        return kind.maker()
                .make(schedule, new SamplerState(plan.sampler(), seed, 0, 0, sigmas, latent, new float[0][]));
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
        return kind(read.sampler()).maker().make(schedule, read);
    }

    private static Kind kind(String name) {
        Kind kind = KINDS.get(name);
        if (kind == null) {
            throw new IllegalArgumentException("unknown sampler " + name + "; known are " + String.join(", ", names()));
        }
        return kind;
    }

    private static double[] sigmas(SigmaSchedule sigmaSchedule, Kind kind, NoiseSchedule schedule, int steps) {
        int most = schedule.length() - 1;
        if (steps < 1 || steps > most) {
            throw new IllegalArgumentException("steps must be 1 to %d, not %d".formatted(most, steps));
        }
        if (!kind.skipsPenultimate()) {
            return sigmaSchedule.sigmas(schedule, steps);
        }
        double[] longer = sigmaSchedule.sigmas(schedule, steps + 1);
        double[] sigmas = new double[steps + 1];
        System.arraycopy(longer, 0, sigmas, 0, steps);
        return sigmas;
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
