package dev.darkroom.http.fooocus;

import dev.darkroom.http.ApiException;
import dev.darkroom.http.Detail;
import dev.darkroom.http.fooocus.GenerateRequest.Answer;
import dev.darkroom.image.ImageFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Checks what a schema can't say, and completes the request that passes. Safe from any thread. */
public final class RequestChecks {

    private static final Pattern ASPECT = Pattern.compile("\\s*(\\d{1,5})\\s*[*×xX]\\s*(\\d{1,5})(\\s.*)?");
    private static final int LEAST_SIDE = 8;
    private static final int MOST_SIDE = 2048;

    private final StyleNames styles;
    private final StoredRequest stored;

    /**
     * @param styles that requests may name
     * @param stored makes what the record shows
     */
    public RequestChecks(StyleNames styles, StoredRequest stored) {
        this.styles = styles;
        this.stored = stored;
    }

    /**
     * Checks and completes a request.
     *
     * @param kind of the task
     * @param fields every field of {@code CommonRequest}, read by its schema; changed on the way
     * @param format in which the client wants the bytes of one image, or null if it wants something else
     * @throws ApiException 422 with every mistake
     */
    public GenerateRequest accept(String kind, Map<String, Object> fields, @Nullable ImageFormat format) {
        List<Detail> mistakes = new ArrayList<>();
        checkStyles(fields, mistakes);
        checkAspect(fields, mistakes);
        UnsupportedFeatures.refuse(fields, mistakes);
        if (!mistakes.isEmpty()) {
            throw ApiException.invalid(mistakes);
        }
        if (format != null) {
            fields.put("image_number", 1L);
        }
        return new GenerateRequest(
                kind,
                answer(format, fields),
                format,
                (String) fields.get("prompt"),
                (String) fields.get("base_model_name"),
                ((Long) fields.get("image_number")).intValue(),
                stored.render(fields));
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
