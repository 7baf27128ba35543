package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Compares with the reference implementations: torch, k-diffusion, diffusers, torchsde. */
class SamplerGoldenTest {

    /** A hundredth of what the finished latent may differ by; single precision leaves less. */
    private static final double TOLERANCE = 1e-5;

    static Stream<String> samplers() {
        return Goldens.entries("samplers")
                .map(entry -> entry.get("sampler").textValue())
                .distinct();
    }

    static Stream<JsonNode> throughTorchsde() {
        return Goldens.entries("torchsde");
    }

    private static void agrees(JsonNode entry, SamplerAgreement agreement) {
        String what = "%s, %s, %s steps, zero terminal SNR %s"
                .formatted(
                        entry.get("sampler"), entry.get("scheduler"), entry.get("steps"), entry.get("zeroTerminalSnr"));
        assertThat(agreement.compared()).as(what).isEqualTo(entry.get("latents").size());
        assertThat(agreement.worst()).as(what).isLessThan(TOLERANCE);
        JsonNode last = entry.get("latents").get(agreement.compared() - 1);
        assertThat(agreement.calls()).as(what).isEqualTo(last.get("calls").intValue());
    }

    @ParameterizedTest
    @MethodSource("samplers")
    void latentsAreTheReferencesOnEverySchedule(String sampler) {
        Goldens.entries("samplers")
                .filter(entry -> entry.get("sampler").textValue().equals(sampler))
                .forEach(entry -> agrees(entry, SamplerAgreement.of(entry)));
    }

    @ParameterizedTest
    @MethodSource("samplers")
    void latentsThatStartFromAPictureAreTheReferences(String sampler) {
        Goldens.entries("denoise")
                .filter(entry -> entry.get("sampler").textValue().equals(sampler))
                .forEach(entry -> agrees(entry, SamplerAgreement.of(entry)));
    }

    @ParameterizedTest
    @MethodSource("throughTorchsde")
    void onTorchsdesPathLatentsAreKDiffusions(JsonNode entry) {
        agrees(entry, SamplerAgreement.of(entry, new RecordedPath(entry.get("noise"))));
    }

    @Test
    void everySamplerIsRecordedOnEverySchedule() {
        Set<String> named = Goldens.entries("samplers")
                .map(entry -> entry.get("sampler").textValue() + " on "
                        + entry.get("scheduler").textValue())
                .collect(Collectors.toSet());
        for (SamplerName sampler : Samplers.all()) {
            // the two names differ in where Fooocus draws the noise
            String id = sampler.id().replace("_gpu", "");
            for (String schedule : Samplers.schedules()) {
                assertThat(named).contains(id + " on " + schedule);
            }
        }
    }
}
