package dev.darkroom.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.image.RgbImage;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs whatever stands in the folder that {@code -Ddarkroom.exported} names, such as what {@code tools/export_model.py}
 * made of {@code tools/tiny_checkpoints.py}.
 */
@EnabledIfSystemProperty(named = "darkroom.exported", matches = ".+")
class ExportedModelTest {

    private static final int SIDE = 16;

    static List<ModelFolder> models() {
        return new ModelCatalogue(Path.of(System.getProperty("darkroom.exported", "none"))).scan();
    }

    @ParameterizedTest
    @MethodSource("models")
    void itSamplesRowsOfUnequalTimestepsTogetherAndPaints(ModelFolder folder) throws Exception {
        assertThat(folder.problem()).isNull();
        OnnxModelLoader loader = new OnnxModelLoader(new DeviceConfig(DeviceConfig.Choice.CPU, 2, 0));
        try (LoadedModel model = loader.load(folder)) {
            Conditioning cat = model.encode("a cat", 1);
            Conditioning dog = model.encode("a dog", 1);
            assertThat(cat.hiddenStates()).isNotEqualTo(dog.hiddenStates());
            float[][] latents = {noise(model, 1), noise(model, 2), noise(model, 3)};
            float[] timesteps = {999, 500, 20};
            Conditioning[] texts = {cat, dog, cat};
            float[][] together = predict(model, latents, timesteps, texts);
            for (int row = 0; row < 3; row++) {
                float[] alone =
                        predict(model, new float[][] {latents[row]}, new float[] {timesteps[row]}, new Conditioning[] {
                            texts[row]
                        })[0];
                for (int i = 0; i < alone.length; i++) {
                    assertThat(together[row][i]).isBetween(alone[i] - 0.02f, alone[i] + 0.02f);
                }
            }
            RgbImage picture = model.decode(latents[0], SIDE, SIDE);
            assertThat(picture.width()).isEqualTo(SIDE * model.traits().latentScale());
            assertThat(model.preview(latents[0], SIDE, SIDE).width()).isGreaterThanOrEqualTo(2 * SIDE);
        }
    }

    private static float[] noise(LoadedModel model, long seed) {
        Random random = new Random(seed);
        float[] noise = new float[model.traits().latentChannels() * SIDE * SIDE];
        for (int i = 0; i < noise.length; i++) {
            noise[i] = (float) random.nextGaussian();
        }
        return noise;
    }

    private static float[][] predict(LoadedModel model, float[][] latents, float[] timesteps, Conditioning[] texts)
            throws ModelException {
        float[][] outputs = new float[latents.length][latents[0].length];
        model.denoiser()
                .predict(new DenoiserBatch(
                        latents.length,
                        model.traits().latentChannels(),
                        SIDE,
                        SIDE,
                        latents,
                        timesteps,
                        texts,
                        outputs));
        return outputs;
    }
}
