package dev.darkroom.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Handler;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a form, files and all, into memory, as far as the limit of bodies allows. */
public final class FormHandler implements Handler<RoutingContext> {

    private static final String FORM = "darkroom.form";

    private final long limit;

    /** @param limit bytes of the whole body */
    FormHandler(long limit) {
        this.limit = limit;
    }

    /** Returns the form that came with this exchange, or null if its body was none. */
    public static @Nullable Form form(RoutingContext context) {
        return context.get(FORM);
    }

    @Override
    public void handle(RoutingContext context) {
        HttpServerRequest request = context.request();
        String announced = request.getHeader(HttpHeaderNames.CONTENT_LENGTH);
        if (announced != null && announced.length() > 18 || announced != null && Long.parseLong(announced) > limit) {
            throw ApiException.of(413, ErrorTable.TOO_LARGE);
        }
        String type = request.getHeader(HttpHeaderNames.CONTENT_TYPE).toLowerCase(Locale.ROOT);
        if (type.startsWith("multipart/") && !type.contains("boundary=")) {
            throw ApiException.of(400, "The form can't be read: its Content-Type names no boundary.");
        }
        Map<String, Buffer> files = new LinkedHashMap<>();
        long[] received = new long[1];
        request.setExpectMultipart(true);
        request.uploadHandler(upload -> {
            Buffer bytes = Buffer.buffer();
            // what comes after a refusal is not kept
            upload.handler(part -> {
                if (!context.failed()) {
                    bytes.appendBuffer(part);
                }
            });
            upload.endHandler(whole -> {
                // browsers send the field of a file that nobody chose, empty
                if (bytes.length() > 0) {
                    files.put(upload.name(), bytes);
                }
            });
        });
        request.handler(part -> {
            received[0] += part.length();
            if (received[0] > limit && !context.failed()) {
                context.fail(ApiException.of(413, ErrorTable.TOO_LARGE));
            }
        });
        request.exceptionHandler(malformed -> {
            if (!context.failed() && !context.response().ended()) {
                context.fail(ApiException.of(400, "The form can't be read: " + malformed.getMessage()));
            }
        });
        request.endHandler(whole -> {
            if (!context.failed()) {
                context.put(FORM, new Form(texts(request.formAttributes()), files));
                context.next();
            }
        });
    }

    private static Map<String, List<String>> texts(MultiMap attributes) {
        Map<String, List<String>> texts = new LinkedHashMap<>();
        attributes.names().forEach(name -> texts.put(name, attributes.getAll(name)));
        return texts;
    }
}
