package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.darkroom.model.Family;
import dev.darkroom.model.ModelDefaults;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.model.Prediction;
import dev.darkroom.model.TrainingSchedule;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
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

    /** Returns an entry's values: floats, little-endian, in base 64. */
    static float[] floats(JsonNode entry) {
        byte[] bytes = Base64.getDecoder().decode(entry.get("values").textValue());
        float[] values = new float[bytes.length / Float.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
        return values;
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
        return new ModelTraits(
                "test", "hash", channels, 8, 8, 64, prediction, training, ModelDefaults.NONE, Family.OTHER, 12, false);
    }

    /** Stable Diffusion 1.5's schedule, 4 channels. */
    static ModelTraits traits() {
        return traits(Prediction.EPSILON, training("scaled_linear", false, "leading"), 4);
    }

    /** Returns Darkroom's levels for a recorded schedule. */
    static double[] sigmas(JsonNode entry) {
        NoiseSchedule noise = new NoiseSchedule(training(entry), Prediction.V);
        return SigmaSchedule.named(entry.get("scheduler").textValue())
                .sigmas(
                        noise,
                        entry.get("steps").intValue(),
                        entry.get("nativeSize").intValue() >= 1024);
    }

    /** Returns the largest difference of a blurred picture from the recorded one. */
    static double blurError(JsonNode entry) {
        int channels = entry.get("channels").intValue();
        int height = entry.get("height").intValue();
        int width = entry.get("width").intValue();
        float[] picture = new float[channels * height * width];
        float[] edges = new float[picture.length];
        new NoiseSource(entry.get("seed").longValue()).draw(0, picture);
        new NoiseSource(entry.get("seed").longValue() + 100).draw(0, edges);
        for (int i = 0; i < edges.length; i++) {
            edges[i] = edges[i] * 1.7f + (i % width >= width / 2 ? 5.4f : 0.4f);
        }
        float[] keptPicture = picture.clone();
        float[] keptEdges = edges.clone();
        JointBilateralFilter filter = JointBilateralFilter.of(channels, height, width);
        filter.blur(edges, picture); // what it was used for before must not matter
        float[] blurred = filter.blur(picture, edges);
        assertThat(picture).isEqualTo(keptPicture);
        assertThat(edges).isEqualTo(keptEdges);
        float[] expected = floats(entry);
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            worst = Math.max(worst, Math.abs(blurred[i] - expected[i]));
        }
        return worst;
    }
}
