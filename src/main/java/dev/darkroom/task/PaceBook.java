package dev.darkroom.task;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Knows how fast models were lately, and says how long a task will take: an exponentially weighted mean of the measured
 * milliseconds of a step, and of what an image takes beside its steps, for each model, size and sampler. What was never
 * measured is taken from what is most like it, scaled by the pixels. Safe from any thread.
 */
public final class PaceBook {

    /** Weight of the newest of many measurements; the first few are averaged. */
    private static final double NEWEST = 0.3;

    /** What a measurement belongs to. */
    public record Key(String model, int pixels, String sampler, boolean guided) {

        /** Returns the key of the model's {@code work}. */
        public static Key of(String model, Workload work) {
            return new Key(model, work.pixels(), work.sampler(), work.guided());
        }
    }

    /**
     * What was measured.
     *
     * @param stepMillis milliseconds of the device for a step of one image
     * @param imageMillis milliseconds of the device for an image beside its steps: prompts and decoding
     * @param images that were measured
     */
    public record Pace(Key key, double stepMillis, double imageMillis, int images) {

        /** Returns the milliseconds of the device for the whole of {@code work}. */
        public double millis(Workload work) {
            return work.images() * (work.steps() * stepMillis + imageMillis);
        }
    }

    private final Map<Key, Pace> paces = new HashMap<>();

    /** Adds what one image took; returns the new mean. */
    public synchronized Pace learn(Key key, double stepMillis, double imageMillis) {
        Pace known = paces.get(key);
        int images = known == null ? 1 : known.images() + 1;
        double weight = Math.max(NEWEST, 1.0 / images);
        Pace learned = known == null
                ? new Pace(key, stepMillis, imageMillis, images)
                : new Pace(
                        key,
                        known.stepMillis() + weight * (stepMillis - known.stepMillis()),
                        known.imageMillis() + weight * (imageMillis - known.imageMillis()),
                        images);
        paces.put(key, learned);
        return learned;
    }

    /** Takes over what was measured elsewhere. */
    public synchronized void put(List<Pace> measured) {
        measured.forEach(pace -> paces.put(pace.key(), pace));
    }

    /** Returns the milliseconds of the device for the whole of {@code work}, or null if nothing like it was measured. */
    public synchronized @Nullable Double millis(String model, Workload work) {
        Pace expected = expect(model, work);
        return expected == null ? null : expected.millis(work);
    }

    /** Returns how fast {@code work} should be, or null if nothing like it was measured. */
    public synchronized @Nullable Pace expect(String model, Workload work) {
        Key key = Key.of(model, work);
        Pace like = like(key);
        if (like == null) {
            return null;
        }
        double scale = (double) work.pixels() / like.key().pixels();
        return new Pace(key, scale * like.stepMillis(), scale * like.imageMillis(), like.images());
    }

    private @Nullable Pace like(Key key) {
        Pace exact = paces.get(key);
        if (exact != null) {
            return exact;
        }
        Pace best = null;
        double least = Double.MAX_VALUE;
        for (Pace pace : paces.values()) {
            double distance = distance(pace.key(), key);
            if (distance < least) {
                best = pace;
                least = distance;
            }
        }
        return best;
    }

    /** Size matters most, then what a step computes; another model says nothing. */
    private static double distance(Key one, Key other) {
        if (!one.model().equals(other.model())) {
            return Double.MAX_VALUE;
        }
        return Math.abs(Math.log((double) one.pixels() / other.pixels()))
                + (one.guided() == other.guided() ? 0 : 0.2)
                + (one.sampler().equals(other.sampler()) ? 0 : 0.1);
    }
}
