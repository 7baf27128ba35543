package dev.darkroom.http;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Parses a request's body as FastAPI does, with its way of saying no. */
public final class JsonBody {

    private static final ObjectReader READER = JsonMapper.builder()
            .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build()
            .readerFor(Object.class);

    private JsonBody() {}

    /**
     * Returns maps, lists and scalars.
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
        try {
            Object value = READER.readValue(body.getBytes());
            if (value == null) {
                throw missing();
            }
            return value;
        } catch (JsonProcessingException malformed) {
            long position = malformed.getLocation() == null
                    ? 0
                    : Math.max(0, malformed.getLocation().getByteOffset());
            String reason = malformed instanceof JsonParseException
                    ? malformed.getOriginalMessage()
                    : "Expecting one JSON value";
            throw ApiException.invalid(List.of(new Detail(
                    "json_invalid",
                    List.of("body", position),
                    "JSON decode error",
                    Map.of(),
                    Map.of("error", reason))));
        } catch (IOException fromMemory) {
            throw new IllegalStateException(fromMemory);
        }
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
