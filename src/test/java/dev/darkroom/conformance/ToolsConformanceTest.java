package dev.darkroom.conformance;

import static dev.darkroom.conformance.ConformanceServer.CAT;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What looks at pictures. */
@ExtendWith(ConformanceServer.Shared.class)
final class ToolsConformanceTest {

    private static final String INFO = "/v1/tools/png-info";

    private final Wire ann;

    ToolsConformanceTest(ConformanceServer server) {
        ann = server.ann;
    }

    private byte[] picture(String scheme, String format) throws Exception {
        JsonObject request = CAT.copy()
                .put("prompt", "a cat, ünï")
                .put("metadata_scheme", scheme)
                .put("output_format", format);
        return ann.get(ann.finished(request).getJsonArray("result").getString(0))
                .bytes();
    }

    private Wire.Answer ask(byte[] picture) throws Exception {
        String base64 = Base64.getEncoder().encodeToString(picture);
        return ann.post(INFO, new JsonObject().put("image", base64).encode());
    }

    @Test
    @Fact(
            number = "1.2-5",
            text =
                    "`/v1/tools/generate_mask` and `/v1/tools/describe-image` read the original's JSON, and say with a 422 at"
                            + " `image` that they are not there.")
    void toolsNameTheirPicture() throws Exception {
        for (String tool : List.of("/v1/tools/generate_mask", "/v1/tools/describe-image")) {
            assertThat(ann.post(tool, "{}").detail().getString("type")).isEqualTo("missing");
            Wire.Answer answer = ann.post(tool, "{\"image\":\"aGVsbG8=\"}");
            assertThat(answer.status()).isEqualTo(422);
            assertThat(answer.firstMistake()).isEqualTo("body.image");
        }
    }

    @Test
    @Fact(
            number = "3.16-1",
            text = "`POST /v1/tools/png-info` reads back what made a picture, in both schemes and from every format.",
            insteadOf = "only the web page can read a picture's parameters")
    void parametersAreReadBack() throws Exception {
        for (String scheme : List.of("fooocus", "a1111")) {
            for (String format : List.of("png", "webp", "jpeg")) {
                Wire.Answer answer = ask(picture(scheme, format));
                assertThat(answer.status()).as(answer.text()).isEqualTo(200);
                assertThat(answer.json().getString("scheme")).isEqualTo(scheme);
                assertThat(answer.json().getString("raw")).isNotEmpty();
                JsonObject parameters = answer.json().getJsonObject("parameters");
                assertThat(parameters.getString("prompt")).startsWith("a cat, ");
                assertThat(String.valueOf(parameters.getValue("seed"))).isEqualTo("7");
                assertThat(((Number) parameters.getValue("steps")).intValue()).isEqualTo(4);
            }
        }
    }

    @Test
    @Fact(
            number = "3.16-2",
            text =
                    "The picture for `png-info` comes as base64 or a data URL in JSON, in a form, or as the body itself.",
            insteadOf = "only the web page can read a picture's parameters")
    void thePictureComesInThreeWays() throws Exception {
        byte[] picture = picture("fooocus", "png");
        String data = "data:image/png;base64," + Base64.getEncoder().encodeToString(picture);
        String expected = ask(picture).text();
        assertThat(ann.post(INFO, new JsonObject().put("image", data).encode()).text())
                .isEqualTo(expected);
        assertThat(ann.postBytes(INFO, picture, "image/png").text()).isEqualTo(expected);
        assertThat(ann.postBytes(INFO, Wire.form("image", picture), Wire.FORM).text())
                .isEqualTo(expected);
    }

    @Test
    @Fact(
            number = "3.16-3",
            text = "What is no picture is a 422 at `image`; a picture that says nothing has an empty `raw`.",
            insteadOf = "only the web page can read a picture's parameters")
    void whatIsNoPictureIsNamed() throws Exception {
        for (Wire.Answer answer : List.of(
                ann.post(INFO, "{\"image\":\"aGVsbG8=\"}"),
                ann.post(INFO, "{\"image\":\"%%%\"}"),
                ann.post(INFO, "{}"),
                ann.postBytes(INFO, new byte[] {1, 2, 3}, "image/png"),
                ann.postBytes(INFO, Wire.form("other", new byte[] {1}), Wire.FORM))) {
            assertThat(answer.status()).isEqualTo(422);
            assertThat(answer.firstMistake()).isEqualTo("body.image");
        }
        JsonObject silent = CAT.copy().put("save_metadata_to_images", false);
        byte[] picture = ann.get(ann.finished(silent).getJsonArray("result").getString(0))
                .bytes();
        JsonObject nothing = ask(picture).json();
        assertThat(nothing.getValue("scheme")).isNull();
        assertThat(nothing.getString("raw")).isEmpty();
    }
}
