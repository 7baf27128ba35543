package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.prompt.LoraWeight;
import dev.darkroom.prompt.Preset;
import dev.darkroom.prompt.Presets;
import dev.darkroom.task.TaskRequest;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RequestParserTest {

    private final RequestParser parser = new RequestParser(
            Presets.open(Path.of("conf/presets"), problem -> assertThat(problem).isNull()));

    private static String request(String preset, String more) {
        return """
                {"prompt": "a cat", "negative_prompt": "", "image_number": 1, "preset": "%s", "clip_skip": 2,
                 "style_selections": ["Fooocus V2", "Fooocus Enhance", "Fooocus Sharp"], "guidance_scale": 4,
                 "performance_selection": "Speed", "aspect_ratios_selection": "1152×896", "refiner_switch": 0.5%s}""".formatted(preset, more);
    }

    @Test
    void aPresetChangesWhatTheUserLeftOpen() throws Exception {
        TaskRequest request = parser.parse(request("realistic", ", \"sharpness\": 7"));
        assertThat(request.prompt()).isEqualTo("a cat");
        assertThat(request.negativePrompt()).isNotEmpty();
        assertThat(request.guidanceScale()).isEqualTo(3.0);
        assertThat(request.sharpness()).isEqualTo(7.0);
        assertThat(request.aspectRatiosSelection()).isEqualTo("896*1152");
        assertThat(request.styleSelections()).containsExactly("Fooocus V2", "Fooocus Photograph", "Fooocus Negative");
        assertThat(parser.parse(request("lightning", "")).performanceSelection())
                .isEqualTo("Lightning");
    }

    @Test
    void noPresetAndAnUnknownOneChangeNothing() throws Exception {
        for (String preset : List.of("initial", "unheard of", "")) {
            TaskRequest request = parser.parse(request(preset, ""));
            assertThat(request.guidanceScale()).isEqualTo(4.0);
            assertThat(request.aspectRatiosSelection()).isEqualTo("1152×896");
            assertThat(request.negativePrompt()).isEmpty();
        }
    }

    @Test
    void lorasAreThoseThatAreSwitchedOnElseThePresets() throws Exception {
        Preset preset = new Preset("p", Map.of(), List.of(new LoraWeight("film", 0.25)));
        TaskRequest own = parser.parse(
                request("", ", \"loras\": [true, \"a\", 0.5, false, \"b\", 1, true, \"None\", 1, true, \"c\", -1]"));
        assertThat(RequestedLoras.of(own, preset)).containsExactly(new LoraWeight("a", 0.5), new LoraWeight("c", -1));
        TaskRequest stock = parser.parse(request(
                "", ", \"loras\": [true, \"sd_xl_offset_example-lora_1.0.safetensors\", 0.1, true, \"None\", 1]"));
        assertThat(RequestedLoras.of(stock, preset)).containsExactly(new LoraWeight("film", 0.25));
        assertThat(RequestedLoras.of(parser.parse(request("", "")), preset)).hasSize(1);
    }
}
