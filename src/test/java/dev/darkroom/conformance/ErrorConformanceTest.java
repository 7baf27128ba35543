package dev.darkroom.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How FooocusAPI says no. */
@ExtendWith(ConformanceServer.Shared.class)
final class ErrorConformanceTest {

    private static final String GENERATE = "/v1/engine/generate";

    private final Wire ann;

    ErrorConformanceTest(ConformanceServer server) {
        ann = server.ann;
    }

    @Test
    @Fact(number = "1.12-1", text = "A request without a body is a 422 of type `missing` at `[\"body\"]`.")
    void aMissingBodyIsNamed() throws Exception {
        Wire.Answer answer = ann.post(GENERATE, null);
        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.firstMistake()).isEqualTo("body");
        assertThat(answer.detail().getString("type")).isEqualTo("missing");
    }

    @Test
    @Fact(number = "1.12-2", text = "Malformed JSON is a 422 of type `json_invalid` at `[\"body\", position]`.")
    void malformedJsonIsNamedWithItsPosition() throws Exception {
        Wire.Answer answer = ann.post(GENERATE, "{\"prompt\": oops}");
        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.detail().getString("type")).isEqualTo("json_invalid");
        assertThat(answer.detail().getJsonArray("loc").getValue(1)).isInstanceOf(Integer.class);
    }

    @Test
    @Fact(
            number = "1.12-3",
            text = "A 422 lists every mistake with `type`, `loc`, `msg`, `input` and, where it has one, `ctx`.")
    void everyMistakeIsListed() throws Exception {
        Wire.Answer answer = ann.post(GENERATE, "{\"image_number\":0,\"clip_skip\":99,\"prompt\":5}");
        JsonArray details = answer.json().getJsonArray("detail");
        assertThat(details).hasSize(3);
        for (int i = 0; i < details.size(); i++) {
            assertThat(details.getJsonObject(i).fieldNames()).contains("type", "loc", "msg", "input");
        }
        assertThat(details.getJsonObject(1).getJsonObject("ctx")).isNotNull();
    }

    @Test
    @Fact(number = "1.12-4", text = "A wrong path is 404, a wrong method 405, both with a JSON `detail`.")
    void wrongPathsAndMethodsAreJson() throws Exception {
        assertThat(ann.get("/nowhere").status()).isEqualTo(404);
        assertThat(ann.get("/nowhere").json().getString("detail")).isEqualTo("Not Found");
        assertThat(ann.get(GENERATE).status()).isEqualTo(405);
        assertThat(ann.get(GENERATE).json().getString("detail")).isEqualTo("Method Not Allowed");
    }
}
