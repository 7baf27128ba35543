package dev.darkroom.http.legacy;

import dev.darkroom.http.ApiError;
import dev.darkroom.http.ApiException;
import dev.darkroom.http.Detail;
import dev.darkroom.http.ErrorTable;
import dev.darkroom.http.Form;
import dev.darkroom.http.FormHandler;
import dev.darkroom.http.JsonBody;
import dev.darkroom.http.RequestReader;
import dev.darkroom.http.Schema;
import dev.darkroom.http.fooocus.GenerateReader;
import dev.darkroom.http.fooocus.GenerateRequest;
import dev.darkroom.http.fooocus.RequestChecks;
import dev.darkroom.http.fooocus.RequestDigest;
import dev.darkroom.http.fooocus.RequestSource;
import dev.darkroom.http.fooocus.UnsupportedFeatures;
import dev.darkroom.image.ImageFormat;
import dev.darkroom.task.TaskId;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the requests of one path, as JSON or as a form, and translates them. */
final class LegacyReader implements RequestSource {

    private static final List<String> PICTURES =
            List.of("input_image", "input_mask", "enhance_input_image", "cn_img1", "cn_img2", "cn_img3", "cn_img4");
    private static final int INPUT_SHOWN = 40;
    private static final String READ = "darkroom.legacy.request";

    private final JobKind kind;
    private final Schema.Structure schema;
    private final Translation translation;
    private final RequestChecks checks;

    /**
     * @param kind of the jobs
     * @param schema of the body
     */
    LegacyReader(JobKind kind, Schema.Structure schema, Translation translation, RequestChecks checks) {
        this.kind = kind;
        this.schema = schema;
        this.translation = translation;
        this.checks = checks;
    }

    @Override
    public GenerateRequest read(RoutingContext context, TaskId task) {
        Map<String, Object> sent = RequestReader.read(schema, body(context));
        List<Detail> mistakes = new ArrayList<>();
        refusePictures(sent, mistakes);
        if (kind.needsPicture() && mistakes.isEmpty()) {
            mistakes.add(new Detail("missing", List.of("body", kind.picture()), "Field required", null, null));
        }
        if (!mistakes.isEmpty()) {
            throw ApiException.invalid(mistakes);
        }
        GenerateRequest request =
                checked(translation.fields(sent, task), format(context)).withDigest(RequestDigest.of(schema, sent));
        context.put(READ, request);
        return request;
    }

    /** Returns what was read in this exchange, or null before that. */
    static @Nullable GenerateRequest request(RoutingContext context) {
        return context.get(READ);
    }

    private Object body(RoutingContext context) {
        Form form = FormHandler.form(context);
        return form == null
                ? JsonBody.parse(
                        context.request().getHeader(HttpHeaderNames.CONTENT_TYPE),
                        context.body().buffer())
                : FormFields.read(form, schema);
    }

    /** The query's word goes before the header's. */
    private static @Nullable ImageFormat format(RoutingContext context) {
        String asked = context.queryParams().get("accept");
        return GenerateReader.imageFormat(
                asked == null || asked.isEmpty() ? context.request().getHeader(HttpHeaderNames.ACCEPT) : asked);
    }

    private GenerateRequest checked(Map<String, Object> fields, @Nullable ImageFormat format) {
        try {
            return checks.accept(kind.task(), fields, format);
        } catch (ApiException refused) {
            if (new ErrorTable().of(refused) instanceof ApiError.Invalid invalid) {
                throw ApiException.invalid(
                        invalid.details().stream().map(translation::mistake).toList());
            }
            throw refused;
        }
    }

    private static void refusePictures(Map<String, Object> sent, List<Detail> mistakes) {
        for (String field : PICTURES) {
            refusePicture(sent.get(field), List.of("body", field), mistakes);
        }
        if (sent.get("image_prompts") instanceof List<?> prompts) {
            for (int i = 0; i < prompts.size(); i++) {
                Object image = ((Map<?, ?>) prompts.get(i)).get("cn_img");
                refusePicture(image, List.of("body", "image_prompts", i, "cn_img"), mistakes);
            }
        }
    }

    private static void refusePicture(@Nullable Object image, List<Object> location, List<Detail> mistakes) {
        if (UnsupportedFeatures.isImage(image)) {
            String text = (String) image;
            String sentence =
                    "this version takes no input images: leave %s out".formatted(location.get(location.size() - 1));
            mistakes.add(
                    Detail.valueError(location, sentence, text.substring(0, Math.min(INPUT_SHOWN, text.length()))));
        }
    }
}
