package dev.darkroom.prompt;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Values that go together, such as a model with the guidance and the styles that suit it.
 *
 * @param name what requests call it
 * @param values by the request's field names: texts, {@link Long}, {@link Double}, lists of texts
 * @param loras that it wants over the model
 */
public record Preset(String name, Map<String, Object> values, List<LoraWeight> loras) {

    /** The name of no preset. */
    public static final String INITIAL = "initial";

    /** Changes nothing. */
    public static final Preset NONE = new Preset(INITIAL, Map.of(), List.of());

    public Preset {
        values = Map.copyOf(values);
        loras = List.copyOf(loras);
    }

    /**
     * Returns the fields that a request takes from it: those that the request leaves at FooocusAPI's stock value.
     *
     * @param request gives a field's value, null if it is absent
     */
    public Map<String, Object> over(Function<String, @Nullable Object> request) {
        Map<String, Object> taken = new LinkedHashMap<>();
        values.forEach((field, value) -> {
            if (StockRequest.isStock(field, request.apply(field))) {
                taken.put(field, value);
            }
        });
        return taken;
    }
}
