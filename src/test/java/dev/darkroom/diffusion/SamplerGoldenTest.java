package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.model.Prediction;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SamplerGoldenTest {

    static Stream<JsonNode> recorded() {
        return Goldens.entries("samplers");
    }

    @ParameterizedTest
    @MethodSource("recorded")
    void latentsAreTheRecordedOnes(JsonNode entry) {
        ModelTraits traits = Goldens.traits(Prediction.V, Goldens.training(entry), 3);
        SamplingPlan plan = new SamplingPlan(
                32,
                32,
                entry.get("sampler").textValue(),
                entry.get("scheduler").textValue(),
                entry.get("steps").intValue(),
                1);
        Sampler sampler = Samplers.create(plan, traits, entry.get("seed").longValue());
        float[] latent = AnalyticDenoiser.MIXTURE.finish(sampler);
        double[] expected = Goldens.doubles(entry.get("latent"));
        assertThat(latent).hasSize(expected.length);
        for (int i = 0; i < latent.length; i++) {
            assertThat((double) latent[i])
                    .as("number %d", i)
                    .isCloseTo(expected[i], within(1e-4 * Math.max(1, Math.abs(expected[i]))));
        }
    }

    @Test
    void everySamplerIsRecordedButForOtherNamesOfTheSame() {
        Set<String> named =
                recorded().map(entry -> entry.get("sampler").textValue()).collect(Collectors.toSet());
        named.add("dpmpp_sde_gpu");
        named.add("dpmpp_2m_sde_gpu");
        assertThat(named).containsExactlyInAnyOrderElementsOf(Samplers.names());
    }
}
