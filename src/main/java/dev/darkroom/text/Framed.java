package dev.darkroom.text;

import java.util.List;

/** Tokens between a start and an end mark. */
final class Framed {
    private Framed() {}

    /** @throws IllegalArgumentException if not even the marks fit */
    static int[] of(List<Integer> ids, int start, int end, int limit) {
        if (limit < 2) {
            throw new IllegalArgumentException("A start and an end mark do not fit into " + limit + " tokens");
        }
        int kept = Math.min(ids.size(), limit - 2);
        int[] framed = new int[kept + 2];
        framed[0] = start;
        for (int i = 0; i < kept; i++) {
            framed[i + 1] = ids.get(i);
        }
        framed[kept + 1] = end;
        return framed;
    }
}
