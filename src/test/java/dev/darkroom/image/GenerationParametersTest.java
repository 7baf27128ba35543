package dev.darkroom.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GenerationParametersTest {

    static final GenerationParameters MADE = new GenerationParameters(
            "a cat, 猫",
            "ugly",
            "a cat, 猫, soft light",
            List.of("photo of a cat, 猫", "sharp"),
            List.of("blurry", "ugly"),
            List.of("Fooocus V2", "Artist's \\ pick"),
            "Speed",
            30,
            1152,
            896,
            4.0,
            2.0,
            List.of(1.5, 0.8, 0.3),
            null,
            2,
            0.5,
            "dpmpp_2m_sde_gpu",
            "karras",
            GenerationParameters.OWN_VAE,
            Long.MAX_VALUE,
            "emoji",
            "0123456789",
            List.of(new GenerationParameters.Lora("film", 0.25, "abcdef0123")),
            "Darkroom 0.1.0");

    @Test
    void fooocusReadsSortedAsciiJson() throws Exception {
        Map<String, String> keywords = MADE.toFooocus();
        assertThat(keywords)
                .containsOnlyKeys("parameters", "fooocus_scheme")
                .containsEntry("fooocus_scheme", "fooocus");
        String text = keywords.get("parameters");
        assertThat(text.chars()).allMatch(character -> character >= ' ' && character <= '~');

        JsonNode items = new ObjectMapper().readTree(text);
        List<String> names = new ArrayList<>();
        items.fieldNames().forEachRemaining(names::add);
        assertThat(names).isSorted();
        assertThat(items.get("prompt").asText()).isEqualTo("a cat, 猫");
        assertThat(items.get("full_prompt").get(1).asText()).isEqualTo("sharp");
        assertThat(items.get("styles").asText()).isEqualTo("['Fooocus V2', \"Artist's \\\\ pick\"]");
        assertThat(items.get("resolution").asText()).isEqualTo("(1152, 896)");
        assertThat(items.get("seed").isTextual()).isTrue();
        assertThat(items.get("seed").asText()).isEqualTo("9223372036854775807");
        assertThat(items.get("steps").asInt()).isEqualTo(30);
        assertThat(items.get("clip_skip").asInt()).isEqualTo(2);
        assertThat(items.get("metadata_scheme").asText()).isEqualTo("fooocus");
        assertThat(items.get("prompt_expansion").asText()).isEqualTo("a cat, 猫, soft light");
        assertThat(items.get("adm_guidance").asText()).isEqualTo("(1.5, 0.8, 0.3)");
        assertThat(items.get("refiner_switch").asDouble()).isEqualTo(0.5);
        assertThat(items.get("lora_combined_1").asText()).isEqualTo("film : 0.25");
        assertThat(items.get("loras").toString()).isEqualTo("[[\"film\",0.25,\"abcdef0123\"]]");
        assertThat(items.has("adaptive_cfg")).isFalse();
    }

    @Test
    void automatic1111ReadsThreeLines() {
        Map<String, String> keywords = MADE.toScheme("a1111");
        assertThat(keywords).containsEntry("fooocus_scheme", "a1111");
        assertThat(keywords.get("parameters").split("\n"))
                .containsExactly(
                        "photo of a cat, 猫, sharp",
                        "Negative prompt: blurry, ugly",
                        "Steps: 30, Sampler: DPM++ 2M SDE Karras, Seed: 9223372036854775807, Size: 1152x896, "
                                + "CFG scale: 4.0, Sharpness: 2.0, ADM Guidance: \"(1.5, 0.8, 0.3)\", Model: emoji, Model hash: 0123456789, "
                                + "Performance: Speed, Scheduler: karras, VAE: Default (model), "
                                + "Raw prompt: \"a cat, 猫\", Raw negative prompt: ugly, Clip skip: 2, "
                                + "Lora hashes: \"film: abcdef0123\", Lora weights: \"film: 0.25\", "
                                + "Version: Darkroom 0.1.0");
    }

    @Test
    void anyOtherSchemeIsFooocus() {
        assertThat(MADE.toScheme("fooocus")).isEqualTo(MADE.toFooocus());
        assertThat(MADE.toScheme("")).isEqualTo(MADE.toFooocus());
    }
}
