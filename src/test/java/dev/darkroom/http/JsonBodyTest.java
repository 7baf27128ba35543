package dev.darkroom.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonBodyTest {

    private static JsonObject mistake(String body) {
        ApiException refused =
                catchThrowableOfType(ApiException.class, () -> JsonBody.parse("application/json", Buffer.buffer(body)));
        assertThat(refused).as(body).isNotNull();
        assertThat(refused.error().status()).isEqualTo(422);
        return new JsonObject(Json.encode(refused.error().body()))
                .getJsonArray("detail")
                .getJsonObject(0);
    }

    private static void expect(String body, int position, String sentence) {
        JsonObject mistake = mistake(body);
        assertThat(mistake.getString("type")).isEqualTo("json_invalid");
        assertThat(mistake.getString("msg")).isEqualTo("JSON decode error");
        assertThat(mistake.getJsonObject("ctx").getString("error"))
                .as(body)
                .isEqualTo("At byte %d: %s".formatted(position, sentence));
        assertThat(mistake.getJsonArray("loc")).as(body).isEqualTo(new JsonArray(List.of("body", position)));
    }

    @Test
    void whatIsNoJsonIsNamedWithItsPlaceInPlainWords() {
        expect("{\"prompt\": \"a cat\",}", 19, "the character \"}\" can't stand here");
        expect("{\"prompt\" \"a cat\"}", 10, "the character \"\"\" can't stand here");
        expect("{'prompt': 1}", 1, "the character \"'\" can't stand here");
        expect("{\"a\":", 5, "the body ends before its JSON does");
        expect("{\"a\": \"x", 8, "the body ends before its JSON does");
        expect("  ", 0, "there is no JSON value");
        expect("{} x", 2, "something follows behind the JSON value");
        expect("{}{}", 2, "something follows behind the JSON value");
    }

    @Test
    void noMistakeSpeaksOfTheParser() {
        String deep = "[".repeat(2000);
        String digits = "[1" + "0".repeat(5000) + "]";
        for (String body : List.of(
                "{\"a\": tru}",
                "{\"a\": NaN}",
                "{\"a\": 01}",
                "{\"a\": 1.}",
                "{\"a\": 1e}",
                "{\"a\": -}",
                "{\"a\": +1}",
                "{\"a\": \"\n\"}",
                "{\"a\": \"\\x\"}",
                "{\"a\": \"\\u12\"}",
                "[1 2]",
                "[1,,2]",
                "]",
                "\u0000",
                "{\"a\": /* why */ 1}",
                deep,
                "{\"a\": " + digits + "}")) {
            String error = mistake(body).getJsonObject("ctx").getString("error");
            assertThat(error)
                    .as(body)
                    .startsWith("At byte ")
                    .doesNotContain("Feature", "com.fasterxml", "code ", "token", "StreamRead");
        }
    }

    @Test
    void numbersAreRepeatedAsTheyWereSent() {
        for (String number : List.of("1e9", "1E9", "1e400", "-1.50", "0.10", "12345678901234567890", "1e-7")) {
            Object value = JsonBody.parse(null, Buffer.buffer("{\"a\":" + number + "}"));
            assertThat(Json.encode(new Detail("x", List.of("body"), "m", value, null)))
                    .contains("\"input\":{\"a\":" + number + "}");
        }
    }

    @Test
    void ofWhatIsLongOnlyTheBeginningIsRepeated() {
        List<Integer> many = java.util.stream.IntStream.range(0, 5000).boxed().toList();
        assertThat(Json.encode(new Detail("x", List.of("body"), "m", Map.of("a", "x".repeat(5000)), null)))
                .hasSizeLessThan(2000)
                .contains("…");
        assertThat(Json.encode(new Detail("x", List.of("body"), "m", Map.of("b", many), null)))
                .hasSizeLessThan(2000)
                .contains("[0,1,2,");
    }
}
