package dev.darkroom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.model.TinyPipeline.Fault;
import dev.darkroom.model.TinyPipeline.Options;
import java.nio.file.Path;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PicturePatchTest {

    private static final int HEIGHT = 6;
    private static final int WIDTH = 9;

    @TempDir
    Path models;

    private OnnxDevice device;

    @BeforeEach
    void findDevice() throws Exception {
        device = OnnxDevice.detect(new DeviceConfig(DeviceConfig.Choice.CPU, 1, 0));
    }

    private static Path decoder(Path folder) {
        return folder.resolve("vae_decoder/model.onnx");
    }

    private VaeDecoder open(Path folder, @Nullable GraphPatch patch) throws Exception {
        RunningCall running = new RunningCall();
        OnnxGraph graph = patch == null
                ? OnnxGraph.load("The decoder", decoder(folder), device, running)
                : OnnxGraph.load("The decoder", decoder(folder), patch, device, running);
        return new VaeDecoder(graph, PipelineConfig.read(folder), null);
    }

    private VaeDecoder patched(Path folder) throws Exception {
        GraphPatch patch = PicturePatch.of(decoder(folder), VaeDecoder.SAMPLE);
        assertThat(patch).isNotNull();
        return open(folder, patch);
    }

    private static float[] noise(long seed, double mean) {
        float[] latent = new float[4 * HEIGHT * WIDTH];
        Random random = new Random(seed);
        for (int i = 0; i < latent.length; i++) {
            latent[i] = (float) (mean + random.nextGaussian());
        }
        return latent;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void bytesOfTheGraphAreThoseOfItsFloats(boolean half) throws Exception {
        Options options = half ? TinyPipeline.options().halfTensors() : TinyPipeline.options();
        Path folder = TinyPipeline.write(models, "tiny", options).path();
        try (VaeDecoder floats = open(folder, null);
                VaeDecoder bytes = patched(folder)) {
            for (int seed = 0; seed < 5; seed++) {
                byte[] expected = floats.decode(noise(seed, 0), HEIGHT, WIDTH).rgb();
                byte[] told = bytes.decode(noise(seed, 0), HEIGHT, WIDTH).rgb();
                assertThat(told).hasSameSizeAs(expected);
                int others = 0;
                for (int i = 0; i < told.length; i++) {
                    int apart = (told[i] & 0xFF) - (expected[i] & 0xFF);
                    assertThat(apart).isBetween(-1, 1);
                    others += apart == 0 ? 0 : 1;
                }
                // what lies next to a half may be rounded either way
                assertThat(others).isLessThanOrEqualTo(told.length / 1000);
            }
        }
    }

    @Test
    void aPictureOfNoNumbersIsNoticedAndTheNextOneIsWell() throws Exception {
        Path folder = TinyPipeline.write(models, "tiny", TinyPipeline.options().fault(Fault.NAN_PICTURES))
                .path();
        try (VaeDecoder bytes = patched(folder)) {
            assertThatThrownBy(() -> bytes.decode(noise(1, -3), HEIGHT, WIDTH))
                    .isInstanceOf(ModelException.class)
                    .hasMessageContaining("NaN");
            assertThat(bytes.decode(noise(1, 3), HEIGHT, WIDTH).width()).isEqualTo(8 * WIDTH);
        }
    }

    @Test
    void aGraphWithAnotherOutputIsUsedAsItIs() throws Exception {
        Path folder = TinyPipeline.write(models, "tiny").path();
        assertThat(PicturePatch.of(decoder(folder), "pictures")).isNull();
        OnnxModelLoader loader = new OnnxModelLoader(new DeviceConfig(DeviceConfig.Choice.CPU, 1, 0));
        try (LoadedModel model = loader.load(new ModelFolder("tiny", folder, ModelDefaults.NONE, null))) {
            assertThat(model.decode(noise(1, 0), HEIGHT, WIDTH).height()).isEqualTo(8 * HEIGHT);
        }
    }
}
