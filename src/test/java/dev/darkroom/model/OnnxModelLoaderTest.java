package dev.darkroom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.image.RgbImage;
import dev.darkroom.model.TinyPipeline.Batch;
import dev.darkroom.model.TinyPipeline.Fault;
import dev.darkroom.model.TinyPipeline.Options;
import dev.darkroom.model.TinyPipeline.Timestep;
import dev.darkroom.model.TinyPipeline.TokenizerKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OnnxModelLoaderTest {
    private static final int SIDE = 8;
    private static OnnxModelLoader loader;

    @TempDir
    Path models;

    @BeforeAll
    static void findsTheDevice() throws ModelException {
        loader = new OnnxModelLoader(new DeviceConfig(DeviceConfig.Choice.CPU, 1, 0));
    }

    @Test
    void aTinyPipelineIsSmallAndMakesAPicture() throws Exception {
        try (LoadedModel model = load(TinyPipeline.options())) {
            Conditioning text = model.encode("a red cat", 1);
            assertThat(text.tokens()).isEqualTo(16);
            float[] out = predict(model, noise(1), 500, text);
            RgbImage picture = model.decode(out, SIDE, SIDE);
            assertThat(picture.width()).isEqualTo(SIDE * 8);
            assertThat(picture.height()).isEqualTo(SIDE * 8);
            assertThat(distinctBytes(picture)).isGreaterThan(50);
        }
        try (Stream<Path> files = Files.walk(models)) {
            assertThat(files.filter(Files::isRegularFile)
                            .mapToLong(file -> file.toFile().length())
                            .sum())
                    .isLessThan(1_000_000);
        }
    }

    @Test
    void theDenoiserDependsOnEverythingThatGoesIn() throws Exception {
        try (LoadedModel model = load(TinyPipeline.options())) {
            Conditioning cat = model.encode("a red cat", 1);
            Conditioning dog = model.encode("a blue dog", 1);
            float[] usual = predict(model, noise(1), 500, cat);
            assertThat(predict(model, noise(1), 500, cat)).isEqualTo(usual);
            assertThat(distance(usual, predict(model, noise(2), 500, cat))).isGreaterThan(0.01);
            assertThat(distance(usual, predict(model, noise(1), 100, cat))).isGreaterThan(0.01);
            assertThat(distance(usual, predict(model, noise(1), 500, dog))).isGreaterThan(0.01);
        }
    }

    @Test
    void rowsOfABatchAreWhatTheyAreAlone() throws Exception {
        try (LoadedModel model = load(TinyPipeline.options())) {
            assertRowsKeepApart(model, 0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void frozenBatchesAreCalledRowByRow(Batch batch) throws Exception {
        try (LoadedModel model = load(TinyPipeline.options().batch(batch))) {
            assertRowsKeepApart(model, 1e-6);
        }
    }

    @ParameterizedTest
    @EnumSource
    void timestepsOfEveryKindGiveTheSameNumbers(Timestep timestep) throws Exception {
        float[] expected;
        try (LoadedModel model = load(TinyPipeline.options())) {
            expected = predict(model, noise(1), 500, model.encode("a house", 1));
        }
        try (LoadedModel model = load(TinyPipeline.options().timestep(timestep))) {
            assertThat(distance(expected, predict(model, noise(1), 500, model.encode("a house", 1))))
                    .isLessThan(1e-5);
            assertRowsKeepApart(model, 1e-6);
        }
    }

    @Test
    void sixteenBitTensorsAndWeightsAreConverted() throws Exception {
        float[] expected;
        try (LoadedModel model = load(TinyPipeline.options())) {
            expected = predict(model, noise(1), 500, model.encode("a house", 1));
        }
        Options half = TinyPipeline.options().halfTensors().halfWeights();
        try (LoadedModel model = load(half)) {
            float[] out = predict(model, noise(1), 500, model.encode("a house", 1));
            assertThat(distance(expected, out)).isPositive().isLessThan(0.01);
            assertThat(distinctBytes(model.decode(out, SIDE, SIDE))).isGreaterThan(50);
        }
    }

    @Test
    void aTextsEmptyPositionsAreZerosAfterBert() throws Exception {
        try (LoadedModel model = load(TinyPipeline.options())) {
            Conditioning text = model.encode("a cat", 1);
            int own = 4 * text.width();
            assertThat(Arrays.copyOfRange(text.hiddenStates(), own, text.hiddenStates().length))
                    .containsOnly(0f);
            assertThat(Arrays.copyOf(text.hiddenStates(), own)).doesNotContain(0f);
        }
    }

    @Test
    void clipGetsSeventySevenPositionsAndSkipsLayers() throws Exception {
        try (LoadedModel model = load(TinyPipeline.options().tokenizer(TokenizerKind.CLIP))) {
            Conditioning last = model.encode("the cat", 1);
            Conditioning earlier = model.encode("the cat", 2);
            assertThat(last.tokens()).isEqualTo(77);
            assertThat(distance(last.hiddenStates(), earlier.hiddenStates())).isGreaterThan(0.05);
            // the final normalisation is applied to the earlier layer too, so that sizes agree
            assertThat(size(earlier.hiddenStates())).isCloseTo(size(last.hiddenStates()), within(0.3));
        }
    }

    @Test
    void theFoldersFilesTellTheTraits() throws Exception {
        Options options = TinyPipeline.options()
                .latentChannels(6)
                .latentScale(4)
                .sampleSize(16)
                .darkroomJson("{\"description\": \"tiny\", \"steps\": 7, \"size_multiple\": 32}");
        try (LoadedModel model = load(options)) {
            ModelTraits traits = model.traits();
            assertThat(traits.latentChannels()).isEqualTo(6);
            assertThat(traits.latentScale()).isEqualTo(4);
            assertThat(traits.nativeSize()).isEqualTo(64);
            assertThat(traits.sizeMultiple()).isEqualTo(32);
            assertThat(traits.prediction()).isEqualTo(Prediction.V);
            assertThat(traits.schedule().zeroTerminalSnr()).isTrue();
            assertThat(traits.schedule().timestepSpacing()).isEqualTo("trailing");
            assertThat(traits.defaults().steps()).isEqualTo(7);
            assertThat(model.decode(noise(1, 6), 8, 8).width()).isEqualTo(32);
        }
    }

    @Test
    void otherWeightsHaveAnotherHash() throws Exception {
        try (LoadedModel one = load(TinyPipeline.options());
                LoadedModel same = load(TinyPipeline.options());
                LoadedModel other = load(TinyPipeline.options().seed(2))) {
            assertThat(one.traits().weightsHash())
                    .hasSize(64)
                    .isEqualTo(same.traits().weightsHash())
                    .isNotEqualTo(other.traits().weightsHash());
        }
    }

    @Test
    void notANumberIsAnErrorNotAPicture() throws Exception {
        try (LoadedModel model = load(TinyPipeline.options().fault(Fault.NAN))) {
            float[] out = predict(model, noise(1), 500, model.encode("a cat", 1));
            assertThatThrownBy(() -> model.decode(out, SIDE, SIDE))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("NaN");
            assertThat(model.decode(noise(1), SIDE, SIDE).width()).isEqualTo(64);
        }
    }

    @Test
    void rowsThatShareATimestepAreTestedForMixingToo() throws Exception {
        Options options = TinyPipeline.options().batch(Batch.MIXING).timestep(Timestep.FLOAT_SCALAR);
        try (LoadedModel model = load(options)) {
            assertRowsKeepApart(model, 1e-6);
        }
    }

    @Test
    void aCancelledCallEndsAndTheModelWorksOn() throws Exception {
        Options slow = TinyPipeline.options().slowDenoiser(20).slowText(20).slowDecoder(20);
        try (LoadedModel model = load(slow)) {
            Conditioning text = model.encode("a cat", 1);
            assertCancelled(model, () -> predict(model, noise(1), 500, text));
            assertCancelled(model, () -> model.encode("other words", 1));
            assertCancelled(model, () -> model.decode(noise(1), SIDE, SIDE));
            assertThat(predict(model, noise(1), 500, model.encode("other words", 1)))
                    .doesNotContain(Float.NaN);
            assertThat(model.decode(noise(1), SIDE, SIDE).width()).isEqualTo(64);
        }
    }

    private static void assertCancelled(LoadedModel model, ThrowingCallable call) throws InterruptedException {
        Thread canceller = new Thread(() -> {
            while (!Thread.currentThread().isInterrupted()) {
                model.cancel();
                Thread.onSpinWait();
            }
        });
        canceller.start();
        try {
            assertThatThrownBy(call).isInstanceOf(ModelException.class);
        } finally {
            canceller.interrupt();
            canceller.join();
        }
    }

    @Test
    void aTextIsEncodedOnce() throws Exception {
        try (LoadedModel model = load(TinyPipeline.options())) {
            assertThat(model.encode("a cat", 1)).isSameAs(model.encode("a cat", 1));
            assertThat(model.encode("a cat", 1)).isNotSameAs(model.encode("a dog", 1));
        }
    }

    @Test
    void aLoadedModelOutlivesItsFolder() throws Exception {
        ModelFolder folder = TinyPipeline.write(models, "gone");
        try (LoadedModel model = loader.load(folder)) {
            delete(folder.path());
            assertThat(predict(model, noise(1), 500, model.encode("new words", 1)))
                    .doesNotContain(Float.NaN);
            assertThatThrownBy(() -> loader.load(folder))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("gone");
        }
    }

    @Test
    void aFolderThatCannotWorkIsRefusedWithTheReason() throws Exception {
        for (String file : List.of(
                "unet/model.onnx",
                "text_encoder/model.onnx",
                "vae_decoder/model.onnx",
                "vae_decoder/config.json",
                "scheduler/scheduler_config.json",
                "tokenizer/vocab.txt")) {
            ModelFolder folder = TinyPipeline.write(models, "missing");
            Files.delete(folder.path().resolve(file));
            assertThatThrownBy(() -> loader.load(folder))
                    .as(file)
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining(file.startsWith("tokenizer") ? "vocab.txt" : file);
        }
        ModelFolder garbage = TinyPipeline.write(models, "garbage");
        Files.writeString(garbage.path().resolve("unet/model.onnx"), "not a graph");
        assertThatThrownBy(() -> loader.load(garbage))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("unet/model.onnx can't be loaded");
        ModelFolder swapped = TinyPipeline.write(models, "swapped");
        Files.copy(
                swapped.path().resolve("vae_decoder/model.onnx"),
                swapped.path().resolve("unet/model.onnx"),
                StandardCopyOption.REPLACE_EXISTING);
        assertThatThrownBy(() -> loader.load(swapped))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("latent_sample");
    }

    private LoadedModel load(Options options) throws Exception {
        return loader.load(TinyPipeline.write(models, "tiny", options));
    }

    private static void assertRowsKeepApart(LoadedModel model, double tolerance) throws ModelException {
        Conditioning[] texts = {
            model.encode("a cat", 1), model.encode("", 1), model.encode("the blue tree", 1), model.encode("a cat", 1)
        };
        float[] timesteps = {900, 900, 17, 400};
        float[][] latents = {noise(1), noise(1), noise(2), noise(3)};
        float[][] together = new float[4][latents[0].length];
        model.denoiser().predict(new DenoiserBatch(4, 4, SIDE, SIDE, latents, timesteps, texts, together));
        for (int row = 0; row < 4; row++) {
            float[] alone = predict(model, latents[row], timesteps[row], texts[row]);
            assertThat(distance(alone, together[row])).as("row %d", row).isLessThanOrEqualTo(tolerance);
        }
    }

    private static float[] predict(LoadedModel model, float[] latent, float timestep, Conditioning text)
            throws ModelException {
        float[][] out = new float[1][latent.length];
        model.denoiser()
                .predict(new DenoiserBatch(
                        1,
                        latent.length / SIDE / SIDE,
                        SIDE,
                        SIDE,
                        new float[][] {latent},
                        new float[] {timestep},
                        new Conditioning[] {text},
                        out));
        return out[0];
    }

    private static float[] noise(long seed) {
        return noise(seed, 4);
    }

    private static float[] noise(long seed, int channels) {
        Random random = new Random(seed);
        float[] noise = new float[channels * SIDE * SIDE];
        for (int i = 0; i < noise.length; i++) {
            noise[i] = (float) random.nextGaussian();
        }
        return noise;
    }

    private static double distance(float[] left, float[] right) {
        assertThat(left).hasSameSizeAs(right);
        double largest = 0;
        for (int i = 0; i < left.length; i++) {
            largest = Math.max(largest, Math.abs(left[i] - right[i]));
        }
        return largest;
    }

    private static double size(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += (double) value * value;
        }
        return Math.sqrt(sum / values.length);
    }

    private static int distinctBytes(RgbImage picture) {
        boolean[] seen = new boolean[256];
        int count = 0;
        for (byte value : picture.rgb()) {
            if (!seen[value & 0xFF]) {
                seen[value & 0xFF] = true;
                count++;
            }
        }
        return count;
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
