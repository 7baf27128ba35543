package dev.darkroom.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PresetsTest {

    @TempDir
    Path folder;

    private final List<String> problems = new ArrayList<>();

    @Test
    void theShippedPresetsHoldFooocusValues() {
        Presets presets = Presets.open(Path.of("conf/presets"), problems::add);
        assertThat(problems).isEmpty();
        assertThat(presets.names())
                .startsWith("initial")
                .contains("default", "anime", "lcm", "lightning", "playground_v2.5", "pony_v6", "realistic", "sai");
        Preset anime = presets.find("anime").orElseThrow();
        assertThat(anime.values())
                .containsEntry("guidance_scale", 6.0)
                .containsEntry("aspect_ratios_selection", "896*1152")
                .containsEntry(
                        "style_selections", List.of("Fooocus V2", "Fooocus Semi Realistic", "Fooocus Masterpiece"));
        assertThat(presets.find("lcm").orElseThrow().values()).containsEntry("performance_selection", "Extreme Speed");
        Preset realistic = presets.find("realistic").orElseThrow();
        assertThat(realistic.loras())
                .containsExactly(new LoraWeight("SDXL_FILM_PHOTOGRAPHY_STYLE_V1.safetensors", 0.25));
        Styles styles = Styles.withoutTexts();
        for (String name : presets.names()) {
            Object named = presets.find(name).orElseThrow().values().getOrDefault("style_selections", List.of());
            assertThat((List<?>) named).allMatch(style -> styles.contains((String) style));
        }
    }

    @Test
    void aPresetFillsOnlyWhatTheRequestLeavesAtStock() {
        Preset preset = new Preset(
                "p",
                Map.of(
                        "guidance_scale", 6.0,
                        "aspect_ratios_selection", "896*1152",
                        "style_selections", List.of("Fooocus Pony"),
                        "sampler_name", "euler",
                        "negative_prompt", "grey"),
                List.of());
        Map<String, Object> request = new HashMap<>(Map.of(
                "guidance_scale",
                4L,
                "aspect_ratios_selection",
                "1152×896",
                "style_selections",
                List.of(),
                "sampler_name",
                "heun"));
        assertThat(preset.over(request::get))
                .containsOnlyKeys("guidance_scale", "aspect_ratios_selection", "negative_prompt");
    }

    @Test
    void initialChangesNothing() {
        assertThat(Presets.none().find("initial").orElseThrow().over(field -> null))
                .isEmpty();
        assertThat(Presets.none().find("other")).isEmpty();
    }

    @Test
    void aFileThatDoesNotFitIsToldWithItsKey() throws Exception {
        Files.writeString(folder.resolve("a.json"), "{\"default_cfg_scale\": \"high\"}");
        Files.writeString(folder.resolve("b.json"), "{\"default_loras\": [[1, 2, 3]]}");
        Files.writeString(folder.resolve("c.json"), "{\"default_loras\": [[\"old form\", 0.5]]}");
        Files.writeString(folder.resolve("d.json"), "[");
        Files.writeString(folder.resolve("e.json"), "{\"default_loras\": {}, \"default_styles\": [1]}");
        Presets presets = Presets.open(folder, problems::add);
        assertThat(presets.names()).containsExactly("initial", "c");
        assertThat(presets.find("c").orElseThrow().loras()).containsExactly(new LoraWeight("old form", 0.5));
        assertThat(problems)
                .hasSize(4)
                .anyMatch(problem -> problem.contains("a.json: default_cfg_scale must be a number"))
                .anyMatch(problem -> problem.contains("b.json: default_loras"))
                .anyMatch(problem -> problem.contains("d.json is not valid JSON"))
                .anyMatch(problem -> problem.contains("e.json: default_styles"));
    }
}
