package dev.darkroom.diffusion;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.stream.StreamSupport;

/** Increments of a Brownian path that another library made. */
record RecordedPath(JsonNode increments) implements SamplerNoise {

    @Override
    public void fresh(int index, int following, float[] into) {
        throw new AssertionError("a sampler of an SDE takes its noise from the path");
    }

    @Override
    public void increment(double from, double to, float[] into) {
        JsonNode found = StreamSupport.stream(increments.spliterator(), false)
                .filter(entry -> close(entry.get("from"), from) && close(entry.get("to"), to))
                .findFirst()
                .orElseThrow(() -> new AssertionError("the reference did not ask for %s to %s".formatted(from, to)));
        System.arraycopy(Goldens.floats(found), 0, into, 0, into.length);
    }

    private static boolean close(JsonNode recorded, double level) {
        return Math.abs(recorded.doubleValue() - level) <= 1e-6 * level;
    }
}
