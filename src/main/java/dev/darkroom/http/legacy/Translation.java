package dev.darkroom.http.legacy;

import dev.darkroom.http.Detail;
import dev.darkroom.http.Schema;
import dev.darkroom.prompt.Styles;
import dev.darkroom.task.TaskId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Says a request of the older API in FooocusAPI's fields. As the older API does, it leaves out what nobody knows: styles,
 * LoRAs, refiners, samplers and schedulers.
 */
final class Translation {

    private static final Set<String> SAME = Set.of(
            "prompt",
            "negative_prompt",
            "performance_selection",
            "aspect_ratios_selection",
            "image_number",
            "image_seed",
            "sharpness",
            "guidance_scale",
            "base_model_name",
            "refiner_switch",
            "read_wildcards_in_order",
            "require_base64",
            "async_process",
            "webhook_url");
    private static final Map<String, String> RENAMED = Map.of(
            "save_meta", "save_metadata_to_images",
            "meta_scheme", "metadata_scheme",
            "save_extension", "output_format");
    private static final String ADVANCED = "advanced_params";

    private final Schema.Structure target;
    private final Styles styles;
    private final Set<String> advanced;

    /**
     * @param target FooocusAPI's request
     * @param source a request of the older API
     * @param styles that are known
     */
    Translation(Schema.Structure target, Schema.Structure source, Styles styles) {
        this.target = target;
        this.styles = styles;
        advanced = ((Schema.Structure) source.fields().get(ADVANCED).schema())
                .fields()
                .keySet();
    }

    /**
     * Returns every field of FooocusAPI's request.
     *
     * @param sent read by the older API's schema
     * @param task names the files unless the request does
     */
    Map<String, Object> fields(Map<String, Object> sent, TaskId task) {
        Map<String, Object> fields = new LinkedHashMap<>(target.defaults());
        SAME.forEach(name -> fields.put(name, sent.get(name)));
        RENAMED.forEach((old, name) -> fields.put(name, sent.get(old)));
        ((Map<?, ?>) sent.get(ADVANCED)).forEach((name, value) -> fields.put(String.valueOf(name), value));
        fields.put("overwrite_switch", Math.round((Double) fields.get("overwrite_switch")));
        fields.put("sampler_name", known("sampler_name", fields));
        fields.put("scheduler_name", known("scheduler_name", fields));
        fields.put("refiner_model_name", "None");
        fields.put("loras", List.of());
        fields.put(
                "style_selections",
                ((List<?>) sent.get("style_selections"))
                        .stream()
                                .filter(style -> styles.contains((String) style))
                                .toList());
        String name = (String) sent.get("save_name");
        fields.put("save_name", name.isBlank() ? Jobs.id(task) : name);
        fields.put(JobWebhook.MARK, JobWebhook.FORMAT);
        return fields;
    }

    private Object known(String field, Map<String, Object> fields) {
        Schema.Choice choice = (Schema.Choice) target.fields().get(field).schema();
        Object asked = fields.get(field);
        return choice.values().contains(String.valueOf(asked))
                ? asked
                : String.valueOf(target.defaults().get(field));
    }

    /** Says where in the older API's request a mistake of FooocusAPI's lies. */
    Detail mistake(Detail detail) {
        if (detail.loc().size() < 2) {
            return detail;
        }
        String field = String.valueOf(detail.loc().get(1));
        List<Object> location = new ArrayList<>();
        location.add("body");
        if (advanced.contains(field)) {
            location.add(ADVANCED);
        }
        location.add(RENAMED.entrySet().stream()
                .filter(entry -> entry.getValue().equals(field))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(field));
        location.addAll(detail.loc().subList(2, detail.loc().size()));
        return new Detail(detail.type(), location, detail.msg(), detail.input(), detail.ctx());
    }
}
