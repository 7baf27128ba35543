package dev.darkroom.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tiny pipelines of every family, exported as each generation of exporters did, give what diffusers' own pipelines give.
 * The graphs and numbers come from {@code families.py}, {@code families_optimum_1_23.py} and {@code families_olive.py} in
 * {@code src/test/golden}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FamilyGoldenTest {
    private static final double HIDDEN = 1e-4;
    private static final double LATENT = 1e-3;

    /** Weights of 16 bits: what shows is that nothing is mistaken for something else. */
    private static final List<String> HALF = List.of("sd15-half", "sd15-olive", "sdxl-olive");

    /** SDXL's pooled texts go up to 65, where neighbours of 16 bits are 0.06 apart. */
    private static final double HALF_HIDDEN = 0.05;

    private static final double HALF_LATENT = 0.01;

    /** What the page's figures may differ by on a processor that adds in another order. */
    private static final double ELSEWHERE = 10;

    @TempDir
    private static Path models;

    private OnnxModelLoader loader;
    private List<String> names;
    private Map<String, FamilyComparison.Figures> page;

    @BeforeAll
    void unpacks() throws Exception {
        names = FamilyArchive.unpack(models);
        loader = new OnnxModelLoader(new DeviceConfig(DeviceConfig.Choice.CPU, 1, 0));
        page = FamilyPage.read();
    }

    List<String> names() {
        return names;
    }

    @Test
    void everyFamilyAndGenerationIsThere() {
        assertThat(names)
                .containsExactly(
                        "inpaint-old",
                        "inpaint-optimum",
                        "lcm-old",
                        "lcm-optimum",
                        "sd-turbo",
                        "sd-turbo-old",
                        "sd15-half",
                        "sd15-old",
                        "sd15-olive",
                        "sd15-olive-32",
                        "sd15-optimum",
                        "sd15-script",
                        "sd21-old",
                        "sd21-optimum",
                        "sd21-zero-snr",
                        "sdxl-edm",
                        "sdxl-old",
                        "sdxl-olive",
                        "sdxl-olive-32",
                        "sdxl-optimum",
                        "sdxl-turbo");
        assertThat(new ModelCatalogue(models).scan())
                .hasSameSizeAs(names)
                .allSatisfy(folder -> assertThat(folder.problem()).isNull());
    }

    @Test
    void theDocumentationTellsOfEach() {
        assertThat(page.keySet()).containsExactlyElementsOf(names);
    }

    @ParameterizedTest
    @MethodSource("names")
    void whatComesOutIsWhatTheReferenceGives(String name) throws Exception {
        ModelFolder folder = new ModelFolder(name, models.resolve(name), ModelDefaults.NONE, null);
        try (LoadedModel model = loader.load(folder)) {
            FamilyComparison.Figures figures = FamilyComparison.compare(model, folder);
            boolean half = HALF.contains(name);
            double latent = half ? HALF_LATENT : LATENT;
            assertThat(figures.hidden()).as("hidden states").isLessThanOrEqualTo(half ? HALF_HIDDEN : HIDDEN);
            assertThat(figures.runs()).hasSizeGreaterThanOrEqualTo(4).allSatisfy(run -> {
                assertThat(run.first()).as("first latent").isLessThanOrEqualTo(latent);
                assertThat(run.middle()).as("middle latent").isLessThanOrEqualTo(latent);
                assertThat(run.last()).as("last latent").isLessThanOrEqualTo(latent);
                assertThat(run.image()).as("colours").isLessThanOrEqualTo(half ? 3 : 1);
            });
            assertIsWhatThePageTells(figures);
        }
    }

    private void assertIsWhatThePageTells(FamilyComparison.Figures figures) {
        FamilyComparison.Figures told = page.get(figures.name());
        assertThat(figures.hidden()).as("hidden states").isLessThanOrEqualTo(ELSEWHERE * told.hidden());
        assertThat(told.runs()).hasSameSizeAs(figures.runs());
        for (int i = 0; i < figures.runs().size(); i++) {
            FamilyComparison.Run own = figures.runs().get(i);
            FamilyComparison.Run of = told.runs().get(i);
            assertThat(own.sampler()).isEqualTo(of.sampler());
            assertThat(own.last()).as(own.sampler()).isLessThanOrEqualTo(ELSEWHERE * of.last());
        }
    }
}
