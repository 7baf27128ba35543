package dev.darkroom.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One thing wrong with a request, in FastAPI's shape.
 *
 * @param type pydantic's name of the mistake, such as {@code greater_than_equal}
 * @param loc where: {@code body} or {@code query}, then names and indexes
 * @param msg one sentence
 * @param input what was sent there, cut if it is long
 * @param ctx the rule's numbers and names, or null
 */
public record Detail(
        String type,
        List<Object> loc,
        String msg,
        @Nullable Object input,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Map<String, Object> ctx) {

    public Detail {
        loc = List.copyOf(loc);
        input = Echo.of(input);
    }

    /** Says that {@code input} at {@code loc} has the right type and form, but cannot be. */
    public static Detail valueError(List<Object> loc, String sentence, @Nullable Object input) {
        return new Detail("value_error", loc, "Value error, " + sentence, input, Map.of("error", sentence));
    }
}
