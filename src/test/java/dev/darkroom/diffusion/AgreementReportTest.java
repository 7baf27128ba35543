package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Makes {@code docs/agreement.md}, and checks that the one there is up to date. With {@code -Ddarkroom.agreement.write}
 * it is written anew. Errors are rounded up to a power of ten, so that the page only changes when agreement does.
 */
class AgreementReportTest {

    private static final Path REPORT = Path.of("docs", "agreement.md");

    @Test
    void theReportInTheDocumentationIsWhatWasMeasured() throws IOException {
        String report = report();
        if (System.getProperty("darkroom.agreement.write") != null) {
            Files.writeString(REPORT, report);
        }
        assertThat(Files.readString(REPORT))
                .as("repeat with -Ddarkroom.agreement.write to renew it")
                .isEqualTo(report);
    }

    private static String report() {
        JsonNode references = Goldens.read("references");
        Map<String, Map<String, Double>> worst = new TreeMap<>();
        Goldens.entries("samplers")
                .forEach(entry -> worst.computeIfAbsent(entry.get("sampler").textValue(), name -> new TreeMap<>())
                        .merge(
                                entry.get("scheduler").textValue(),
                                SamplerAgreement.of(entry).last(),
                                Math::max));
        StringBuilder text = new StringBuilder(HEAD);
        row(text, "sampler", List.of("A1111's name", "reference"));
        row(text, "---", List.of("---", "---"));
        for (SamplerName sampler : Samplers.all()) {
            String same = recordedAs(sampler);
            String reference =
                    same.equals(sampler.id()) ? references.get(same).textValue() : "the same as `" + same + "`";
            row(text, "`" + sampler.id() + "`", List.of(sampler.a1111() == null ? "–" : sampler.a1111(), reference));
        }
        text.append(ERRORS);
        List<String> schedules = Samplers.schedules();
        row(text, "sampler", schedules);
        row(text, "---", schedules.stream().map(name -> "---").toList());
        for (SamplerName sampler : Samplers.all()) {
            Map<String, Double> errors = worst.get(recordedAs(sampler));
            row(
                    text,
                    "`" + sampler.id() + "`",
                    schedules.stream().map(name -> power(errors.get(name))).toList());
        }
        text.append(OTHERS);
        row(text, "what", List.of("reference", "worst error below"));
        row(text, "---", List.of("---", "---"));
        row(text, "SDE samplers on another's Brownian path", List.of("torchsde and k-diffusion", power(torchsde())));
        row(text, "starting from a picture, denoise 0.5 and 0.382", List.of("as above", power(denoise())));
        row(text, "schedules, relative", List.of("k-diffusion, diffusers, NumPy", power(schedules())));
        row(text, "first noise, absolute", List.of("`torch.randn`", power(noise())));
        row(text, "blur of sharpness, absolute", List.of("kornia's `joint_bilateral_blur`", power(blur())));
        return text.toString();
    }

    private static String recordedAs(SamplerName sampler) {
        return sampler.id().replace("_gpu", "");
    }

    private static void row(StringBuilder text, String first, List<String> others) {
        text.append("| ").append(first).append(others.stream().collect(Collectors.joining(" | ", " | ", " |\n")));
    }

    private static String power(double error) {
        return "1e%d".formatted((int) Math.ceil(Math.log10(Math.max(error, 1e-9))));
    }

    private static double torchsde() {
        return Goldens.entries("torchsde")
                .mapToDouble(entry -> SamplerAgreement.of(entry, new RecordedPath(entry.get("noise")))
                        .last())
                .max()
                .orElseThrow();
    }

    private static double denoise() {
        return Goldens.entries("denoise")
                .mapToDouble(entry -> SamplerAgreement.of(entry).last())
                .max()
                .orElseThrow();
    }

    private static double schedules() {
        return Goldens.entries("schedules")
                .mapToDouble(AgreementReportTest::schedule)
                .max()
                .orElseThrow();
    }

    private static double schedule(JsonNode entry) {
        double[] expected = Goldens.doubles(entry.get("sigmas"));
        double[] sigmas = Goldens.sigmas(entry);
        double worst = 0;
        for (int i = 0; i < expected.length - 1; i++) {
            worst = Math.max(worst, Math.abs(sigmas[i] / expected[i] - 1));
        }
        return worst;
    }

    private static double noise() {
        return Goldens.entries("noise")
                .filter(entry -> entry.get("index").intValue() == 0)
                .mapToDouble(entry -> {
                    double[] expected = Goldens.doubles(entry.get("values"));
                    float[] drawn = new float[expected.length];
                    new NoiseSource(entry.get("seed").longValue()).draw(0, drawn);
                    return difference(drawn, expected);
                })
                .max()
                .orElseThrow();
    }

    private static double blur() {
        return Goldens.entries("blur").mapToDouble(Goldens::blurError).max().orElseThrow();
    }

    private static double difference(float[] a, double[] b) {
        double worst = 0;
        for (int i = 0; i < a.length; i++) {
            worst = Math.max(worst, Math.abs(a[i] - b[i]));
        }
        return worst;
    }

    private static final String HEAD = """
            # Agreement with the reference implementations

            This page is made by a test, `AgreementReportTest`, from numbers that
            [`src/test/python/diffusion_goldens.py`](../src/test/python/diffusion_goldens.py) recorded.
            `mvn test -Dtest=AgreementReportTest -Ddarkroom.agreement.write` renews it.

            The references compute in double precision, Darkroom's samplers in single precision. The denoiser is known in
            closed form, a mixture of two Gaussians, so that only the sampler is compared. `dpm_fast` and `dpm_adaptive`
            end at the schedule's last level above 0 in k-diffusion; Darkroom takes one more estimate there, as all others
            do. Where a schedule starts from pure noise, these two, Heun's method, DPM2 and Restart leave it with a step of
            first order, and UniPC does not correct that step; the reference is then compared from there on.

            ## What each sampler is compared with

            """;

    private static final String ERRORS = """

            ## Finished latents

            The largest difference is below this share of the latent's largest number, rounded up to a power of ten: for
            9 steps (`restart`: 24), on Stable Diffusion's noise levels and on the same with zero terminal SNR, and on
            `karras` also for 1, 2, 3, 4, 14 and 40 steps. What was promised is 1e-3.

            """;

    private static final String OTHERS = """

            ## The rest

            """;
}
