package dev.darkroom.http.fooocus;

import dev.darkroom.http.ApiException;
import dev.darkroom.http.JsonBody;
import dev.darkroom.http.RequestReader;
import dev.darkroom.http.Schema;
import dev.darkroom.image.ImageFormat;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a request for images: by the contract first, then by what this version can do. */
public final class GenerateReader {

    private static final String KIND = "text-to-image";

    private final Schema.Structure schema;
    private final RequestChecks checks;

    GenerateReader(Schema.Structure schema, RequestChecks checks) {
        this.schema = schema;
        this.checks = checks;
    }

    /**
     * Reads headers and body.
     *
     * @throws ApiException 422 with every mistake
     */
    GenerateRequest read(MultiMap headers, @Nullable Buffer body) {
        Object parsed = JsonBody.parse(headers.get(HttpHeaderNames.CONTENT_TYPE), body);
        Map<String, Object> fields = RequestReader.read(schema, parsed);
        String digest = headers.contains("Idempotency-Key") ? RequestDigest.of(schema, fields) : null;
        return checks.accept(KIND, fields, imageFormat(headers.get(HttpHeaderNames.ACCEPT)))
                .withDigest(digest);
    }

    /** Returns the format if {@code accept} is one image type, by the rule of FooocusAPI: exactly one slash. */
    public static @Nullable ImageFormat imageFormat(@Nullable String accept) {
        if (accept == null) {
            return null;
        }
        String[] parts = accept.trim().split("/", -1);
        if (parts.length != 2 || !parts[0].equals("image")) {
            return null;
        }
        return ImageFormat.named(parts[1]).orElse(ImageFormat.PNG);
    }
}
