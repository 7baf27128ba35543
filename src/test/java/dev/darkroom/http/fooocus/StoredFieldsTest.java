package dev.darkroom.http.fooocus;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StoredFieldsTest {

    private static final StoredFields FIELDS = new StoredFields("webhook_url", "timeout");

    @Test
    void theOutermostFieldsAreFoundWhateverStandsAroundThem() {
        assertThat(FIELDS.read("{\"prompt\":\"x\",\"webhook_url\":\"http://a/b\",\"timeout\":2.5}"))
                .isEqualTo(Map.of("webhook_url", "http://a/b", "timeout", 2.5));
        assertThat(FIELDS.read("{\"inner\":{\"timeout\":3},\"webhook_url\" : \"http://a\"}"))
                .isEqualTo(Map.of("webhook_url", "http://a"));
        assertThat(FIELDS.read("{\"webhook_url\" : \"\",\"timeout\":null}")).isEmpty();
        assertThat(FIELDS.read("{\"inner\":{\"webhook_url\":\"\"},\"webhook_url\":\"http://a\"}"))
                .isEqualTo(Map.of("webhook_url", "http://a"));
    }

    @Test
    void anyRequestIsReadAsAParserReadsIt() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<String> texts = List.of(
                "", "webhook_url", "\"webhook_url\":\"x\"", "\"timeout\":7", "timeout", "\\\"", "http://a/b", ":\"\"");
        for (int i = 0; i < 3000; i++) {
            JsonObject request = new JsonObject();
            for (String name : List.of("prompt", "webhook_url", "inner", "timeout", "style")) {
                Object value = switch (random.nextInt(5)) {
                    case 0 -> random.nextInt(100);
                    case 1 -> new JsonObject().put("webhook_url", "inside").put("timeout", 1);
                    case 2 -> null;
                    default -> texts.get(random.nextInt(texts.size()));
                };
                if (random.nextInt(3) > 0) {
                    request.put(name, value);
                }
            }
            Map<String, Object> expected = new HashMap<>();
            for (String name : List.of("webhook_url", "timeout")) {
                Object value = request.getValue(name);
                if (value instanceof Number number) {
                    expected.put(name, number.doubleValue());
                } else if (value instanceof String text && !text.isEmpty()) {
                    expected.put(name, text);
                }
            }
            assertThat(FIELDS.read(request.encode()))
                    .as("seed %d: %s", seed, request)
                    .isEqualTo(expected);
        }
    }
}
