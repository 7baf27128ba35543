package dev.darkroom.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The expected errors are what FastAPI with pydantic 2 answers. */
final class RequestReaderTest {

    private static final Schema.Structure SCHEMA = (Schema.Structure) Schema.compile(
            Map.of(
                    "type",
                    "object",
                    "required",
                    List.of("must"),
                    "properties",
                    Map.of(
                            "must", Map.of("type", "string"),
                            "flag", Map.of("type", "boolean", "default", false),
                            "count", Map.of("type", "integer", "minimum", 1, "maximum", 32, "default", 1),
                            "big", Map.of("type", "integer", "default", -1),
                            "share", Map.of("type", "number", "minimum", 0.1, "maximum", 1, "default", 0.5),
                            "kind", Map.of("type", "string", "enum", List.of("A", "B", "C"), "default", "A"),
                            "maybe", Map.of("type", List.of("string", "null"), "default", "None"),
                            "list",
                                    Map.of(
                                            "type",
                                            "array",
                                            "items",
                                            Map.of("type", "integer"),
                                            "default",
                                            List.of(1)))),
            Map.of());

    @Test
    void valuesAreReadLeniently() {
        assertThat(read("flag", "true", "1", "\"1\"", "\"Yes\"", "\"on\"", "1.0"))
                .containsOnly(true);
        assertThat(read("flag", "false", "0", "\"0\"", "\"F\"", "\"OFF\"")).containsOnly(false);
        assertThat(read("count", "3", "3.0", "\"3\"", "\" 3 \"", "\"3.0\"")).containsOnly(3L);
        assertThat(read("count", "true")).containsOnly(1L);
        assertThat(read("share", "0.25", "\"0.25\"", "\"2.5e-1\"")).containsOnly(0.25);
        assertThat(read("share", "1", "true")).containsOnly(1.0);
        assertThat(read("big", "9223372036854775807")).containsOnly(Long.MAX_VALUE);
        assertThat(read("big", "9223372036854775808")).containsOnly(new BigInteger("9223372036854775808"));
        assertThat(read("list", "[\"1\", 2]")).containsOnly(List.of(1L, 2L));
        assertThat(read("maybe", "null")).containsOnlyNulls();
    }

    @Test
    void defaultsAreFilledInAndUnknownFieldsLeftOut() {
        Map<String, Object> values =
                RequestReader.read(SCHEMA, Json.decodeValue("{\"must\":\"x\",\"other\":1}", Map.class));
        assertThat(values)
                .containsEntry("flag", false)
                .containsEntry("count", 1L)
                .containsEntry("share", 0.5)
                .containsEntry("list", List.of(1L))
                .doesNotContainKey("other");
    }

    @Test
    void mistakesHavePydanticsWords() {
        expect("{\"flag\":\"maybe\"}", """
                {"type":"bool_parsing","loc":["body","flag"],
                 "msg":"Input should be a valid boolean, unable to interpret input","input":"maybe"}""");
        expect("{\"flag\":[]}", """
                {"type":"bool_type","loc":["body","flag"],"msg":"Input should be a valid boolean","input":[]}""");
        expect("{\"count\":33}", """
                {"type":"less_than_equal","loc":["body","count"],
                 "msg":"Input should be less than or equal to 32","input":33,"ctx":{"le":32}}""");
        expect("{\"count\":\"0\"}", """
                {"type":"greater_than_equal","loc":["body","count"],
                 "msg":"Input should be greater than or equal to 1","input":"0","ctx":{"ge":1}}""");
        expect("{\"count\":1.5}", """
                {"type":"int_from_float","loc":["body","count"],
                 "msg":"Input should be a valid integer, got a number with a fractional part","input":1.5}""");
        expect("{\"count\":\"x\"}", """
                {"type":"int_parsing","loc":["body","count"],
                 "msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"}""");
        expect("{\"count\":null}", """
                {"type":"int_type","loc":["body","count"],"msg":"Input should be a valid integer","input":null}""");
        expect("{\"share\":\"x\"}", """
                {"type":"float_parsing","loc":["body","share"],
                 "msg":"Input should be a valid number, unable to parse string as a number","input":"x"}""");
        expect("{\"share\":0.05}", """
                {"type":"greater_than_equal","loc":["body","share"],
                 "msg":"Input should be greater than or equal to 0.1","input":0.05,"ctx":{"ge":0.1}}""");
        expect("{\"must\":5}", """
                {"type":"string_type","loc":["body","must"],"msg":"Input should be a valid string","input":5}""");
        expect("{\"kind\":\"D\"}", """
                {"type":"enum","loc":["body","kind"],"msg":"Input should be 'A', 'B' or 'C'","input":"D",
                 "ctx":{"expected":"'A', 'B' or 'C'"}}""");
        expect("{\"list\":[1,\"x\"]}", """
                {"type":"int_parsing","loc":["body","list",1],
                 "msg":"Input should be a valid integer, unable to parse string as an integer","input":"x"}""");
        expect("{\"list\":3}", """
                {"type":"list_type","loc":["body","list"],"msg":"Input should be a valid list","input":3}""");
    }

    @Test
    void everyMistakeIsToldAtOnce() {
        JsonArray details = details("{\"count\":99,\"flag\":\"x\"}", false);
        assertThat(details).hasSize(3);
        assertThat(details.stream().map(detail -> ((JsonObject) detail).getString("type")))
                .containsExactlyInAnyOrder("missing", "less_than_equal", "bool_parsing");
    }

    @Test
    void aTextOfAMillionDigitsIsNoNumberAndSaysSoAtOnce() {
        String digits = "\"" + "1".repeat(1_000_000) + "x\"";
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            assertThat(details("{\"share\":" + digits + "}", true).encode()).contains("float_parsing");
            assertThat(details("{\"count\":" + digits + "}", true).encode()).contains("int_parsing");
        });
    }

    @Test
    void aListBeyondAllMeaningIsRefusedWithoutItsItems() {
        String list = "1" + ",1".repeat(1000);
        expect("{\"list\":[" + list + "]}", """
                {"type":"too_long","loc":["body","list"],
                 "msg":"List should have at most 1000 items after validation, not 1001","input":[1,1,1],
                 "ctx":{"field_type":"List","max_length":1000,"actual_length":1001}}""");
    }

    @Test
    void bodiesThatAreNoJsonObjectAreRefused() {
        assertThat(bodyMistake(null, "")).contains("\"type\":\"missing\"", "\"loc\":[\"body\"]");
        assertThat(bodyMistake("application/json", "{\"a\":")).contains("json_invalid", "JSON decode error");
        assertThat(bodyMistake("application/json", "{} x")).contains("json_invalid");
        assertThat(bodyMistake("application/json", "[]")).contains("model_attributes_type");
        assertThat(bodyMistake("application/x-www-form-urlencoded", "{}")).contains("model_attributes_type");
        assertThat(bodyMistake("text/plain", "{}")).contains("model_attributes_type");
        assertThat(bodyMistake("application/json", "{\"must\":\"a\\u0000b\"}")).contains("NUL");
    }

    private static String bodyMistake(String type, String body) {
        ApiException refused = catchThrowableOfType(
                ApiException.class, () -> RequestReader.read(SCHEMA, JsonBody.parse(type, Buffer.buffer(body))));
        assertThat(refused.error().status()).isEqualTo(422);
        return Json.encode(refused.error().body());
    }

    private static List<Object> read(String field, String... literals) {
        List<Object> values = new java.util.ArrayList<>();
        for (String literal : literals) {
            String body = "{\"must\":\"x\",\"" + field + "\":" + literal + "}";
            values.add(RequestReader.read(SCHEMA, JsonBody.parse(null, Buffer.buffer(body)))
                    .get(field));
        }
        return values;
    }

    private static void expect(String body, String detail) {
        JsonArray details = details(body, true);
        assertThat(details).hasSize(1);
        assertThat(details.getJsonObject(0)).isEqualTo(new JsonObject(detail));
    }

    private static JsonArray details(String body, boolean complete) {
        JsonObject sent = new JsonObject(body);
        if (complete && !sent.containsKey("must")) {
            sent.put("must", "x");
        }
        ApiException refused = catchThrowableOfType(
                ApiException.class,
                () -> RequestReader.read(SCHEMA, JsonBody.parse("application/json", sent.toBuffer())));
        return new JsonObject(Json.encode(refused.error().body())).getJsonArray("detail");
    }
}
