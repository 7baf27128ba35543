package dev.darkroom.diffusion;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.darkroom.model.ModelDefaults;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.model.Prediction;
import dev.darkroom.model.TrainingSchedule;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Recorded numbers ({@code src/test/python/diffusion_goldens.py} makes them), and models to compute ours with. */
final class Goldens {

    private Goldens() {}

    static JsonNode read(String name) {
        try (InputStream in = Goldens.class.getResourceAsStream("/diffusion/" + name + ".json")) {
            return new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Stream<JsonNode> entries(String name) {
        return StreamSupport.stream(read(name).spliterator(), false);
    }

    static double[] doubles(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToDouble(JsonNode::doubleValue)
                .toArray();
    }

    /** Returns the training schedule that an entry names. */
    static TrainingSchedule training(JsonNode entry) {
        return training(
                entry.get("betas").textValue(),
                entry.get("zeroTerminalSnr").booleanValue(),
                entry.get("spacing").textValue());
    }

    static TrainingSchedule training(String betas, boolean zeroTerminalSnr, String spacing) {
        return new TrainingSchedule(1000, 0.00085, 0.012, betas, zeroTerminalSnr, spacing, 1);
    }

    static ModelTraits traits(Prediction prediction, TrainingSchedule training, int channels) {
        return new ModelTraits("test", "hash", channels, 8, 8, 64, prediction, training, ModelDefaults.NONE);
    }

    /** Stable Diffusion 1.5's schedule, 4 channels. */
    static ModelTraits traits() {
        return traits(Prediction.EPSILON, training("scaled_linear", false, "leading"), 4);
    }
}
