package dev.darkroom.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.model.DeviceConfig;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.OnnxModelLoader;
import dev.darkroom.model.TinyPipeline;
import dev.darkroom.settings.Settings;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On the CPU a picture has the same pixels alone and in any company. */
final class SameImageTest {

    private static final int MIXES = 12;

    @TempDir
    Path models;

    @Test
    void aPictureIsTheSameAloneAndInRandomMixes() throws Exception {
        long seed = System.nanoTime();
        OnnxModelLoader loader = new OnnxModelLoader(
                DeviceConfig.from(new Settings(Map.of("sampler.device", "cpu", "sampler.threads", 2))));
        try (LoadedModel model = loader.load(TinyPipeline.write(models, "tiny"))) {
            MixedCompany company = new MixedCompany(model, 10, new Random(seed));
            for (int mix = 0; mix < MIXES; mix++) {
                assertThat(company.mix()).as("seed %d, mix %d", seed, mix).isEmpty();
            }
        }
    }
}
