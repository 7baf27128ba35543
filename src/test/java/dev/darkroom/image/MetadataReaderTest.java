package dev.darkroom.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MetadataReaderTest {

    private static final GenerationParameters MADE = GenerationParametersTest.MADE;

    private final MetadataReader reader = new MetadataReader();

    @ParameterizedTest
    @EnumSource(ImageFormat.class)
    void bothSchemesAreReadBackFromEveryFormat(ImageFormat format) throws Exception {
        for (String scheme : List.of("fooocus", "a1111")) {
            ReadMetadata read = reader.read(file(format, MADE.toScheme(scheme))).orElseThrow();
            assertThat(read.scheme()).isEqualTo(scheme);
            assertThat(read.raw()).isEqualTo(MADE.toScheme(scheme).get("parameters"));
            assertThat(read.parameters())
                    .containsEntry("prompt", "a cat, 猫")
                    .containsEntry("negative_prompt", "ugly")
                    .containsEntry("seed", "9223372036854775807")
                    .containsEntry("guidance_scale", 4.0)
                    .containsEntry("adm_guidance", List.of(1.5, 0.8, 0.3))
                    .containsEntry("resolution", List.of(1152L, 896L))
                    .containsEntry("performance", "Speed")
                    .containsEntry("scheduler", "karras")
                    .containsEntry("base_model", "emoji")
                    .containsEntry("base_model_hash", "0123456789")
                    .containsEntry("loras", List.of(List.of("film", 0.25, "abcdef0123")))
                    .containsEntry("version", "Darkroom 0.1.0");
            assertThat(((Number) read.parameters().get("steps")).intValue()).isEqualTo(30);
            assertThat(read.parameters().get("sampler")).asString().startsWith("dpmpp_2m_sde");
        }
    }

    @Test
    void thePngsTextsStandBeforeThePixels() throws Exception {
        for (String text : List.of("plain", "猫")) {
            byte[] file = file(ImageFormat.PNG, Map.of("parameters", text, "fooocus_scheme", "fooocus"));
            String chunks = new String(file, StandardCharsets.ISO_8859_1);
            assertThat(chunks.indexOf("parameters")).isPositive().isLessThan(chunks.indexOf("IDAT"));
            assertThat(chunks.indexOf("fooocus_scheme")).isPositive().isLessThan(chunks.indexOf("IDAT"));
        }
    }

    @Test
    void stylesAreAListWhateverTheirNamesHold() throws Exception {
        ReadMetadata read = reader.read(file(ImageFormat.PNG, MADE.toFooocus())).orElseThrow();
        assertThat(read.parameters()).containsEntry("styles", List.of("Fooocus V2", "Artist's \\ pick"));
    }

    @Test
    void whatAutomatic1111WritesGetsFooocusNames() throws Exception {
        String text = "a castle, (dusk:1.2)\nsecond line\nNegative prompt: fog\nmore fog\n"
                + "Steps: 20, Sampler: Euler a, Schedule type: SGM Uniform, CFG scale: 7.5, Seed: 42, Size: 512x768, "
                + "Model: sd15, Clip skip: 2, Hires upscaler: Latent, Note: \"one, \\\"two\\\": three\"";
        Map<String, Object> parameters = reader.read(file(ImageFormat.PNG, Map.of("parameters", text)))
                .orElseThrow()
                .parameters();
        assertThat(parameters)
                .containsEntry("prompt", "a castle, (dusk:1.2)\nsecond line")
                .containsEntry("negative_prompt", "fog\nmore fog")
                .containsEntry("sampler", "euler_ancestral")
                .containsEntry("scheduler", "sgm_uniform")
                .containsEntry("guidance_scale", 7.5)
                .containsEntry("seed", "42")
                .containsEntry("resolution", List.of(512L, 768L))
                .containsEntry("hires_upscaler", "Latent")
                .containsEntry("note", "one, \"two\": three");
    }

    @Test
    void aTextWithoutPairsIsAPrompt() throws Exception {
        Map<String, Object> parameters = reader.read(
                        file(ImageFormat.PNG, Map.of("parameters", "a cat, note: it sleeps")))
                .orElseThrow()
                .parameters();
        assertThat(parameters).containsEntry("prompt", "a cat, note: it sleeps").doesNotContainKey("steps");
    }

    @Test
    void aVeryLongQuotedValueIsRead() throws Exception {
        String prompt = "line, with \"quotes\"\n".repeat(20_000);
        String text = "a\nNegative prompt: \nSteps: 1, Seed: 2, Size: 8x8, Raw prompt: "
                + new ObjectMapper().writeValueAsString(prompt) + ", Version: x";
        Map<String, Object> parameters = reader.read(file(ImageFormat.PNG, Map.of("parameters", text)))
                .orElseThrow()
                .parameters();
        assertThat(parameters).containsEntry("prompt", prompt).containsEntry("version", "x");
    }

    @Test
    void brokenLiteralsAndJsonStayTexts() throws Exception {
        Map<String, Object> parameters = reader.read(
                        file(ImageFormat.PNG, Map.of("parameters", "{\"styles\": \"['a\", \"resolution\": \"(1, \"}")))
                .orElseThrow()
                .parameters();
        assertThat(parameters).containsEntry("styles", "['a").containsEntry("resolution", "(1, ");
        assertThat(reader.read(file(ImageFormat.PNG, Map.of("parameters", "{broken")))
                        .orElseThrow()
                        .scheme())
                .isEqualTo("a1111");
    }

    @Test
    void aPictureThatSaysNothingHasNoMetadata() throws Exception {
        assertThat(reader.read(file(ImageFormat.JPEG, Map.of()))).isEmpty();
        assertThat(reader.read(file(ImageFormat.PNG, Map.of("parameters", " "))))
                .isEmpty();
    }

    @Test
    void whatIsNoPictureIsRefused() {
        assertThatThrownBy(() -> reader.read(new byte[40])).isInstanceOf(ImageException.class);
    }

    private static byte[] file(ImageFormat format, Map<String, String> parameters) throws ImageException {
        return new ImageEncoder().encode(TestPictures.plain(8, 8, 0x336699), format, parameters);
    }
}
