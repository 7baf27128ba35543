package dev.darkroom.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Parses a request's body as FastAPI does, with its way of saying no. */
public final class JsonBody {

    private static final JsonFactory JSON = new JsonFactory();

    private JsonBody() {}

    /**
     * Returns maps, lists, texts, booleans and numbers: whole ones as {@link Integer}, {@link Long} or
     * {@link java.math.BigInteger}, others as {@link SentNumber}.
     *
     * @param contentType the header, or null if there is none, which passes for JSON
     * @throws ApiException 422 if there is no body, the media type is not JSON, or the JSON is malformed
     */
    public static Object parse(@Nullable String contentType, @Nullable Buffer body) {
        if (body == null || body.length() == 0) {
            throw missing();
        }
        if (contentType != null && !isJson(contentType)) {
            throw ApiException.invalid(List.of(new Detail(
                    "model_attributes_type",
                    List.of("body"),
                    "Input should be a valid dictionary or object to extract fields from",
                    body.getString(0, Math.min(body.length(), 2000), StandardCharsets.UTF_8.name()),
                    null)));
        }
        Object value = read(body.getBytes());
        if (value == null) {
            throw missing();
        }
        return value;
    }

    private static @Nullable Object read(byte[] body) {
        try (JsonParser parser = JSON.createParser(body)) {
            if (parser.nextToken() == null) {
                throw JsonMistake.empty();
            }
            Object value = value(parser);
            long behind = parser.currentLocation().getByteOffset();
            if (follows(parser)) {
                throw JsonMistake.trailing(behind);
            }
            return value;
        } catch (JsonProcessingException malformed) {
            throw JsonMistake.of(malformed);
        } catch (IOException fromMemory) {
            throw new IllegalStateException(fromMemory);
        }
    }

    private static boolean follows(JsonParser parser) throws IOException {
        try {
            return parser.nextToken() != null;
        } catch (JsonProcessingException noToken) {
            return true;
        }
    }

    /** Reads what begins with the current token. The parser bounds how deep that goes. */
    private static @Nullable Object value(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                Map<String, Object> object = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    parser.nextToken();
                    object.put(name, value(parser));
                }
                yield object;
            }
            case START_ARRAY -> {
                List<Object> list = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    list.add(value(parser));
                }
                yield list;
            }
            case VALUE_STRING -> parser.getText();
            case VALUE_NUMBER_INT -> parser.getNumberValue();
            case VALUE_NUMBER_FLOAT -> new SentNumber(parser.getText());
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> null;
        };
    }

    private static ApiException missing() {
        return ApiException.invalid(List.of(new Detail("missing", List.of("body"), "Field required", null, null)));
    }

    private static boolean isJson(String contentType) {
        int end = contentType.indexOf(';');
        String type =
                (end < 0 ? contentType : contentType.substring(0, end)).trim().toLowerCase(Locale.ROOT);
        return type.equals("application/json") || (type.startsWith("application/") && type.endsWith("+json"));
    }
}
