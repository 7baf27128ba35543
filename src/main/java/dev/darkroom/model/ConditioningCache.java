package dev.darkroom.model;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Texts that a model has encoded, the least recently used forgotten first when they take more memory than they may.
 * Negative prompts are nearly always among them. Safe from any thread.
 */
final class ConditioningCache {

    /** What decides an encoding. */
    record Key(String text, int clipSkip, boolean negative) {}

    private final long mostBytes;
    private final Map<Key, Conditioning> known = new LinkedHashMap<>(64, 0.75f, true);
    private long bytes;

    /** @param mostBytes of all encodings together */
    ConditioningCache(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    synchronized @Nullable Conditioning get(Key key) {
        return known.get(key);
    }

    synchronized void put(Key key, Conditioning conditioning) {
        Conditioning before = known.put(key, conditioning);
        bytes += size(key, conditioning) - (before == null ? 0 : size(key, before));
        var eldest = known.entrySet().iterator();
        while (bytes > mostBytes && eldest.hasNext()) {
            Map.Entry<Key, Conditioning> entry = eldest.next();
            bytes -= size(entry.getKey(), entry.getValue());
            eldest.remove();
        }
    }

    /** Returns the memory of what is known, in bytes, but for some overhead. */
    synchronized long bytes() {
        return bytes;
    }

    private static long size(Key key, Conditioning conditioning) {
        float[] pooled = conditioning.added().pooled();
        return 4L * conditioning.hiddenStates().length
                + (pooled == null ? 0 : 4L * pooled.length)
                + 2L * key.text().length();
    }
}
