package dev.darkroom.http.fooocus;

import dev.darkroom.http.ApiException;
import dev.darkroom.http.Detail;
import dev.darkroom.http.fooocus.GenerateRequest.Answer;
import dev.darkroom.http.webhook.WebhookConfig;
import dev.darkroom.http.webhook.WebhookRules;
import dev.darkroom.image.ImageFormat;
import dev.darkroom.image.ImageSize;
import dev.darkroom.prompt.AspectRatios;
import dev.darkroom.prompt.Preset;
import dev.darkroom.prompt.Presets;
import dev.darkroom.prompt.PromptLibrary;
import dev.darkroom.prompt.Styles;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Checks what a schema can't say, and completes the request that passes. Safe from any thread. */
public final class RequestChecks {

    private static final String ASPECT = "aspect_ratios_selection";
    private static final String WEBHOOK = "webhook_url";

    /** What clients send that mean none. */
    private static final Set<String> NO_WEBHOOK = Set.of("", "none", "None", "null", "string");

    private static final int LEAST_SIDE = 8;
    private static final int MOST_SIDE = 2048;

    private final Styles styles;
    private final Presets presets;
    private final WebhookConfig webhooks;
    private final StoredRequest stored;

    /**
     * @param library the styles and presets that requests may name
     * @param webhooks who may be told of ends
     * @param stored makes what the record shows
     */
    public RequestChecks(PromptLibrary library, WebhookConfig webhooks, StoredRequest stored) {
        this.styles = library.styles();
        this.presets = library.presets();
        this.webhooks = webhooks;
        this.stored = stored;
    }

    /**
     * Checks and completes a request. What its preset says takes the place of what it leaves at the stock value; that
     * the server can't do all of it is no mistake of the request, and is told in the record.
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
        Preset preset = preset(fields, mistakes);
        fields.put(WEBHOOK, webhook(fields.get(WEBHOOK), mistakes));
        UnsupportedFeatures.refuse(fields, mistakes);
        if (!mistakes.isEmpty()) {
            throw ApiException.invalid(mistakes);
        }
        if (format != null) {
            fields.put("image_number", 1L);
        }
        String model = (String) fields.get("base_model_name");
        Map<String, Object> taken = preset.over(fields::get);
        taken.forEach(fields::put);
        showAspect(fields);
        return new GenerateRequest(
                kind,
                answer(format, fields),
                format,
                (String) fields.get("prompt"),
                model,
                (String) taken.get("base_model_name"),
                ((Long) fields.get("image_number")).intValue(),
                stored.render(fields),
                null);
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
        String text = (String) fields.get(ASPECT);
        Optional<ImageSize> size = AspectRatios.parse(text);
        if (size.isEmpty() || !isSide(size.get().width()) || !isSide(size.get().height())) {
            String sentence = "expected width*height, each from %d to %d pixels".formatted(LEAST_SIDE, MOST_SIDE);
            mistakes.add(Detail.valueError(List.of("body", ASPECT), sentence, text));
        }
    }

    private static boolean isSide(int pixels) {
        return pixels >= LEAST_SIDE && pixels <= MOST_SIDE;
    }

    private static void showAspect(Map<String, Object> fields) {
        AspectRatios.parse((String) fields.get(ASPECT))
                .ifPresent(size -> fields.put(ASPECT, size.width() + "×" + size.height()));
    }

    private Preset preset(Map<String, Object> fields, List<Detail> mistakes) {
        String name = String.valueOf(fields.get("preset"));
        return presets.find(name.isEmpty() ? Preset.INITIAL : name).orElseGet(() -> {
            String sentence = "there is no preset \"%s\"; /v1/engines/presets lists them".formatted(name);
            mistakes.add(Detail.valueError(List.of("body", "preset"), sentence, name));
            return Preset.NONE;
        });
    }

    /** Returns who is told of the end, or an empty text for nobody. */
    private String webhook(@Nullable Object sent, List<Detail> mistakes) {
        String url = sent instanceof String text ? text.trim() : "";
        if (NO_WEBHOOK.contains(url)) {
            return webhooks.fallbackUrl();
        }
        String problem = WebhookRules.problem(url, webhooks.allowPrivateAddresses());
        if (problem != null) {
            mistakes.add(Detail.valueError(List.of("body", WEBHOOK), problem, url));
        }
        return url;
    }
}
