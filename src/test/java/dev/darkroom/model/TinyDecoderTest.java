package dev.darkroom.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.image.RgbImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TinyDecoderTest {

    private static final int SIDE = 6;

    @TempDir
    Path models;

    private final LatentColours colours = LatentColours.usual(4, 0.18215f);
    private final float[] latent = new float[4 * SIDE * SIDE];
    private final AtomicLong clock = new AtomicLong();
    private OnnxDevice device;
    private Path folder;

    @BeforeEach
    void write() throws Exception {
        device = OnnxDevice.detect(new DeviceConfig(DeviceConfig.Choice.CPU, 1, 0));
        folder = TinyPipeline.write(models, "tiny").path();
        Random random = new Random(3);
        for (int i = 0; i < latent.length; i++) {
            latent[i] = (float) random.nextGaussian();
        }
    }

    private LatentPreview open(String part) throws Exception {
        Files.move(folder.resolve("vae_decoder"), folder.resolve(part));
        Files.deleteIfExists(folder.resolve(part).resolve("config.json"));
        // a call takes 10 ns on this clock
        return TinyDecoder.beside(folder, colours, 4, device, () -> clock.getAndAdd(10));
    }

    private RgbImage byColours() {
        return colours.picture(latent, SIDE, SIDE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"vae_decoder_tiny", "taesd_decoder", "taesd"})
    void aTinyDecoderPaintsTwoPixelsForEachPosition(String part) throws Exception {
        try (LatentPreview preview = open(part)) {
            RgbImage picture = preview.picture(latent, SIDE, SIDE);
            assertThat(picture.width()).isEqualTo(2 * SIDE);
            assertThat(picture.height()).isEqualTo(2 * SIDE);
            assertThat(picture.rgb()).isNotEqualTo(byColours().rgb());
        }
    }

    @Test
    void itWorksAFiftiethOfTheTimeAtMost() throws Exception {
        try (LatentPreview preview = open("taesd")) {
            int painted = 0;
            for (int call = 0; call < 1000; call++) {
                if (preview.picture(latent, SIDE, SIDE).width() == 2 * SIDE) {
                    painted++;
                }
            }
            // each painting takes 10 of the clock's nanoseconds, and the first has nothing before it
            assertThat((painted - 1) * 10.0 / clock.get()).isBetween(0.01, 0.02);
        }
    }

    @Test
    void afterItsEndPreviewsGoByColours() throws Exception {
        LatentPreview preview = open("taesd");
        preview.close();
        preview.close();
        assertThat(preview.picture(latent, SIDE, SIDE).rgb())
                .isEqualTo(byColours().rgb());
    }

    @Test
    void oneThatDoesNotWorkIsLeftOut() throws Exception {
        Files.createDirectories(folder.resolve("taesd"));
        Files.writeString(folder.resolve("taesd/model.onnx"), "no graph");
        assertThat(TinyDecoder.beside(folder, colours, 4, device, clock::get)).isSameAs(colours);
        Files.delete(folder.resolve("taesd/model.onnx"));
        assertThat(TinyDecoder.beside(folder, colours, 4, device, clock::get)).isSameAs(colours);
    }

    @Test
    void aLoadedModelUsesTheDecoderBesideIt() throws Exception {
        OnnxModelLoader loader = new OnnxModelLoader(new DeviceConfig(DeviceConfig.Choice.CPU, 1, 0));
        ModelFolder plain = new ModelFolder("tiny", folder, ModelDefaults.NONE, null);
        RgbImage without;
        try (LoadedModel model = loader.load(plain)) {
            without = model.preview(latent, SIDE, SIDE);
        }
        Path tiny = Files.createDirectories(folder.resolve("vae_decoder_tiny"));
        Files.copy(folder.resolve("vae_decoder/model.onnx"), tiny.resolve("model.onnx"));
        try (LoadedModel model = loader.load(plain)) {
            assertThat(model.preview(latent, SIDE, SIDE).rgb()).isNotEqualTo(without.rgb());
        }
    }
}
