package dev.darkroom.http.fooocus;

import dev.darkroom.http.ApiException;
import dev.darkroom.http.Detail;
import dev.darkroom.http.JsonBody;
import dev.darkroom.http.RequestReader;
import dev.darkroom.http.Schema;
import dev.darkroom.http.fooocus.GenerateRequest.Answer;
import dev.darkroom.image.ImageFormat;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads a request for images: by the contract first, then by what this version can do. */
final class GenerateReader {

    private static final Pattern ASPECT = Pattern.compile("\\s*(\\d{1,5})\\s*[*×xX]\\s*(\\d{1,5})(\\s.*)?");
    private static final int LEAST_SIDE = 8;
    private static final int MOST_SIDE = 2048;
    private static final Set<String> NO_IMAGE = Set.of("", "None", "none", "null", "string");
    private static final List<String> IMAGE_FIELDS =
            List.of("uov_input_image", "inpaint_input_image", "inpaint_mask_image_upload", "enhance_input_image");

    private final Schema.Structure schema;
    private final StyleNames styles;
    private final StoredRequest stored;

    GenerateReader(Schema.Structure schema, StyleNames styles, StoredRequest stored) {
        this.schema = schema;
        this.styles = styles;
        this.stored = stored;
    }

    /**
     * Reads headers and body.
     *
     * @throws ApiException 422 with every mistake
     */
    GenerateRequest read(MultiMap headers, @Nullable Buffer body) {
        Object parsed = JsonBody.parse(headers.get(HttpHeaderNames.CONTENT_TYPE), body);
        Map<String, Object> fields = RequestReader.read(schema, parsed);
        List<Detail> mistakes = new ArrayList<>();
        checkStyles(fields, mistakes);
        checkImages(fields, mistakes);
        checkAspect(fields, mistakes);
        if (!mistakes.isEmpty()) {
            throw ApiException.invalid(mistakes);
        }
        ImageFormat format = imageFormat(headers.get(HttpHeaderNames.ACCEPT));
        if (format != null) {
            fields.put("image_number", 1L);
        }
        return new GenerateRequest(
                answer(format, fields),
                format,
                (String) fields.get("prompt"),
                (String) fields.get("base_model_name"),
                ((Long) fields.get("image_number")).intValue(),
                stored.render(fields));
    }

    /** Returns the format if {@code accept} is one image type, by the rule of FooocusAPI: exactly one slash. */
    static @Nullable ImageFormat imageFormat(@Nullable String accept) {
        if (accept == null) {
            return null;
        }
        String[] parts = accept.trim().split("/", -1);
        if (parts.length != 2 || !parts[0].equals("image")) {
            return null;
        }
        return ImageFormat.named(parts[1]).orElse(ImageFormat.PNG);
    }

    private static Answer answer(@Nullable ImageFormat format, Map<String, Object> fields) {
        if (format != null) {
            return Answer.IMAGE;
        }
        if (Boolean.TRUE.equals(fields.get("stream_output"))) {
            return Answer.STREAM;
        }
        return Boolean.TRUE.equals(fields.get("async_process")) ? Answer.PLACEHOLDER : Answer.RECORD;
    }

    private void checkStyles(Map<String, Object> fields, List<Detail> mistakes) {
        List<?> names = (List<?>) fields.get("style_selections");
        for (int i = 0; i < names.size(); i++) {
            String name = (String) names.get(i);
            if (!styles.contains(name)) {
                List<Object> location = List.of("body", "style_selections", i);
                mistakes.add(Detail.valueError(
                        location, "there is no style \"%s\"; /v1/engines/styles lists them".formatted(name), name));
            }
        }
    }

    private static void checkImages(Map<String, Object> fields, List<Detail> mistakes) {
        for (String field : IMAGE_FIELDS) {
            refuseImage(fields.get(field), List.of("body", field), mistakes);
        }
        List<?> prompts = (List<?>) fields.get("controlnet_image");
        for (int i = 0; i < prompts.size(); i++) {
            Object image = ((Map<?, ?>) prompts.get(i)).get("cn_img");
            refuseImage(image, List.of("body", "controlnet_image", i, "cn_img"), mistakes);
        }
    }

    private static void refuseImage(@Nullable Object image, List<Object> location, List<Detail> mistakes) {
        if (image instanceof String text && !NO_IMAGE.contains(text)) {
            String sentence =
                    "this version takes no input images: leave %s out".formatted(location.get(location.size() - 1));
            mistakes.add(Detail.valueError(location, sentence, text.substring(0, Math.min(40, text.length()))));
        }
    }

    private static void checkAspect(Map<String, Object> fields, List<Detail> mistakes) {
        String text = (String) fields.get("aspect_ratios_selection");
        Matcher matcher = ASPECT.matcher(text);
        if (matcher.matches()
                && isSide(Integer.parseInt(matcher.group(1)))
                && isSide(Integer.parseInt(matcher.group(2)))) {
            fields.put("aspect_ratios_selection", matcher.group(1) + "×" + matcher.group(2));
            return;
        }
        String sentence = "expected width*height, each from %d to %d pixels".formatted(LEAST_SIDE, MOST_SIDE);
        mistakes.add(Detail.valueError(List.of("body", "aspect_ratios_selection"), sentence, text));
    }

    private static boolean isSide(int pixels) {
        return pixels >= LEAST_SIDE && pixels <= MOST_SIDE;
    }
}
