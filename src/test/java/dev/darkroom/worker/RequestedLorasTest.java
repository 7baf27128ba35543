package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.prompt.LoraWeight;
import dev.darkroom.prompt.Preset;
import dev.darkroom.task.TaskRequest;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RequestedLorasTest {

    private static TaskRequest request(String more) throws Exception {
        return new RequestParser().parse("""
                {"prompt": "a cat", "negative_prompt": "", "image_number": 1, "clip_skip": 2,
                 "style_selections": ["Fooocus V2"], "guidance_scale": 4, "performance_selection": "Speed",
                 "aspect_ratios_selection": "1152×896", "refiner_switch": 0.5%s}""".formatted(more));
    }

    @Test
    void lorasAreThoseThatAreSwitchedOnElseThePresets() throws Exception {
        Preset preset = new Preset("p", Map.of(), List.of(new LoraWeight("film", 0.25)));
        TaskRequest own =
                request(", \"loras\": [true, \"a\", 0.5, false, \"b\", 1, true, \"None\", 1, true, \"c\", -1]");
        assertThat(RequestedLoras.of(own, preset)).containsExactly(new LoraWeight("a", 0.5), new LoraWeight("c", -1));
        TaskRequest stock =
                request(", \"loras\": [true, \"sd_xl_offset_example-lora_1.0.safetensors\", 0.1, true, \"None\", 1]");
        assertThat(RequestedLoras.of(stock, preset)).containsExactly(new LoraWeight("film", 0.25));
        assertThat(RequestedLoras.of(request(""), preset)).hasSize(1);
    }
}
