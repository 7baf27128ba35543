package dev.darkroom.diffusion;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.model.Prediction;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far a sampler's latents are from recorded ones: the largest difference, as a share of the recorded latent's largest
 * number.
 *
 * @param compared how many latents were met at the recorded number of model calls
 * @param worst over all of them
 * @param last of the finished latent
 * @param calls made in all
 */
record SamplerAgreement(int compared, double worst, double last, int calls) {

    private static final int SIDE = 32;

    /** Runs the sampler of an entry on {@link AnalyticDenoiser#MIXTURE}. */
    static SamplerAgreement of(JsonNode entry) {
        return of(entry, null);
    }

    /** @param noise instead of the seed's own */
    static SamplerAgreement of(JsonNode entry, @Nullable SamplerNoise noise) {
        Sampler sampler = sampler(entry, noise);
        List<JsonNode> recorded = new ArrayList<>();
        entry.get("latents").forEach(recorded::add);
        int calls = 0;
        int compared = 0;
        double worst = 0;
        double last = Double.NaN;
        while (!sampler.done()) {
            AnalyticDenoiser.MIXTURE.feed(sampler);
            calls++;
            if (compared < recorded.size()
                    && recorded.get(compared).get("calls").intValue() == calls) {
                last = difference(sampler.latent(), Goldens.floats(recorded.get(compared)));
                worst = Math.max(worst, last);
                compared++;
            }
        }
        return new SamplerAgreement(compared, worst, last, calls);
    }

    private static Sampler sampler(JsonNode entry, @Nullable SamplerNoise noise) {
        ModelTraits traits = Goldens.traits(Prediction.V, Goldens.training(entry), 3);
        SamplerKind kind = SamplerKind.named(entry.get("sampler").textValue());
        SamplingPlan plan = new SamplingPlan(
                SIDE,
                SIDE,
                entry.get("sampler").textValue(),
                entry.get("scheduler").textValue(),
                entry.get("steps").intValue(),
                1);
        long seed = entry.get("seed").longValue();
        StartLatent start = null;
        if (entry.has("denoise")) {
            float[] picture = new float[3 * 4 * 4];
            new NoiseSource(seed + 1).draw(0, picture);
            start = new StartLatent(picture, entry.get("denoise").doubleValue());
        }
        if (noise == null) {
            return Samplers.create(plan, traits, seed, start);
        }
        NoiseSchedule schedule = new NoiseSchedule(traits.schedule(), traits.prediction());
        SamplerState state = Samplers.begin(kind, plan, traits, schedule, seed, start);
        return kind.make(new SamplerInputs(schedule, state, noise));
    }

    private static double difference(float[] latent, float[] recorded) {
        double difference = 0;
        double size = 0;
        for (int i = 0; i < latent.length; i++) {
            difference = Math.max(difference, Math.abs((double) latent[i] - recorded[i]));
            size = Math.max(size, Math.abs(recorded[i]));
        }
        return difference / size;
    }
}
