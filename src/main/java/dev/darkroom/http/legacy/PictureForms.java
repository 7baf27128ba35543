package dev.darkroom.http.legacy;

import dev.darkroom.http.ApiException;
import dev.darkroom.http.Detail;
import dev.darkroom.http.Form;
import dev.darkroom.http.FormHandler;
import dev.darkroom.http.JsonBody;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;

/** The tools that look at a picture: this version has none of them, and names the field. */
final class PictureForms {

    private static final List<Object> IMAGE = List.of("body", "image");

    /** Answers {@code describe-image}, whose picture comes in a form. */
    void describeImage(RoutingContext context) {
        Form form = FormHandler.form(context);
        throw form == null || !form.files().containsKey("image")
                ? missing()
                : refused("this version describes no images");
    }

    /** Answers {@code generate_mask}, whose picture comes in JSON. */
    void generateMask(RoutingContext context) {
        Object body = JsonBody.parse(
                context.request().getHeader(HttpHeaderNames.CONTENT_TYPE),
                context.body().buffer());
        throw body instanceof Map<?, ?> fields && fields.get("image") instanceof String
                ? refused("this version makes no masks")
                : missing();
    }

    private static ApiException missing() {
        return ApiException.invalid(List.of(new Detail("missing", IMAGE, "Field required", null, null)));
    }

    private static ApiException refused(String sentence) {
        return ApiException.invalid(List.of(Detail.valueError(IMAGE, sentence, null)));
    }
}
