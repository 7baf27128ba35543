package dev.darkroom.http.fooocus;

import dev.darkroom.http.ApiException;
import dev.darkroom.http.Detail;
import dev.darkroom.http.Form;
import dev.darkroom.http.FormHandler;
import dev.darkroom.http.JsonBody;
import dev.darkroom.http.RequestReader;
import dev.darkroom.http.Schema;
import dev.darkroom.image.ImageException;
import dev.darkroom.image.MetadataReader;
import dev.darkroom.image.ReadMetadata;
import dev.darkroom.prompt.Styles;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import io.vertx.ext.web.RoutingContext;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Tells what a picture's file says of its making. The picture comes as JSON, in a form, or as it is. */
final class PngInfoRoute {

    private static final List<Object> IMAGE = List.of("body", "image");
    private static final int INPUT_SHOWN = 40;

    private final Vertx vertx;
    private final Schema.Structure schema;
    private final Styles styles;
    private final MetadataReader reader = new MetadataReader();

    /**
     * @param schema of the request as JSON
     * @param styles are looked for in pictures whose file does not name them
     */
    PngInfoRoute(Vertx vertx, Schema.Structure schema, Styles styles) {
        this.vertx = vertx;
        this.schema = schema;
        this.styles = styles;
    }

    void handle(RoutingContext context) {
        byte[] file = picture(context);
        vertx.executeBlocking(() -> read(file), false)
                .onFailure(context::fail)
                .onSuccess(found -> context.response()
                        .putHeader(HttpHeaderNames.CONTENT_TYPE, "application/json")
                        .end(Json.encode(found)));
    }

    private Map<String, Object> read(byte[] file) {
        Map<String, Object> answer = new LinkedHashMap<>();
        try {
            Optional<ReadMetadata> found = reader.read(file);
            answer.put("scheme", found.map(ReadMetadata::scheme).orElse(null));
            answer.put("raw", found.map(ReadMetadata::raw).orElse(""));
            answer.put("parameters", found.map(this::parameters).orElse(Map.of()));
        } catch (ImageException unreadable) {
            throw refused(String.valueOf(unreadable.getMessage()), null);
        }
        return answer;
    }

    /** The scheme {@code a1111} has the texts of the styles, but not their names. */
    private Map<String, Object> parameters(ReadMetadata read) {
        Map<String, Object> parameters = new LinkedHashMap<>(read.parameters());
        if (!parameters.containsKey("styles")) {
            List<String> found = styles.recognise(
                    String.valueOf(parameters.get("prompt")),
                    joined(parameters.get("full_prompt")),
                    joined(parameters.get("full_negative_prompt")));
            if (!found.isEmpty()) {
                parameters.put("styles", found);
            }
        }
        return parameters;
    }

    private static String joined(@Nullable Object texts) {
        return texts instanceof List<?> list
                ? list.stream().map(String::valueOf).collect(Collectors.joining(", "))
                : "";
    }

    private byte[] picture(RoutingContext context) {
        Form form = FormHandler.form(context);
        if (form != null) {
            Buffer file = form.files().get("image");
            if (file == null) {
                throw ApiException.invalid(List.of(new Detail("missing", IMAGE, "Field required", null, null)));
            }
            return file.getBytes();
        }
        @Nullable String type = context.request().getHeader(HttpHeaderNames.CONTENT_TYPE);
        Buffer body = context.body().buffer();
        if (type != null && body != null && isFile(type)) {
            return body.getBytes();
        }
        return decoded(
                (String) RequestReader.read(schema, JsonBody.parse(type, body)).get("image"));
    }

    private static boolean isFile(String type) {
        String lower = type.toLowerCase(Locale.ROOT);
        return lower.startsWith("image/") || lower.startsWith("application/octet-stream");
    }

    private static byte[] decoded(String text) {
        int comma = text.startsWith("data:") ? text.indexOf(',') : -1;
        try {
            return Base64.getMimeDecoder().decode(text.substring(comma + 1));
        } catch (IllegalArgumentException malformed) {
            throw refused(
                    "expected a picture's bytes in base64, alone or as a data URL",
                    text.substring(0, Math.min(INPUT_SHOWN, text.length())));
        }
    }

    private static ApiException refused(String sentence, @Nullable String input) {
        return ApiException.invalid(List.of(Detail.valueError(IMAGE, sentence, input)));
    }
}
