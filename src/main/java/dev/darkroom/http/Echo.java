package dev.darkroom.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a mistake repeats of what was sent: as it was, but for what is too long to be repeated. */
final class Echo {

    private static final int LONGEST_TEXT = 1000;
    private static final int MOST_VALUES = 200;

    private int left = MOST_VALUES;

    private Echo() {}

    /** Returns {@code input} with long texts cut, and only the first of many values. */
    static @Nullable Object of(@Nullable Object input) {
        return input instanceof Map || input instanceof List ? new Echo().shown(input) : plain(input);
    }

    private @Nullable Object shown(@Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> some = new LinkedHashMap<>();
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                if (left-- <= 0) {
                    break;
                }
                some.put(cut(String.valueOf(entry.getKey())), shown(entry.getValue()));
            }
            return some;
        }
        if (value instanceof List<?> list) {
            List<Object> some = new ArrayList<>();
            for (Object element : list) {
                if (left-- <= 0) {
                    break;
                }
                some.add(shown(element));
            }
            return some;
        }
        return plain(value);
    }

    private static @Nullable Object plain(@Nullable Object value) {
        return value instanceof String text ? cut(text) : value;
    }

    private static String cut(String text) {
        return text.length() > LONGEST_TEXT ? text.substring(0, LONGEST_TEXT) + "…" : text;
    }
}
