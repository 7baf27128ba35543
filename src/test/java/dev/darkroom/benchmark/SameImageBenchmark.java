package dev.darkroom.benchmark;

import dev.darkroom.model.DeviceConfig;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelCatalogue;
import dev.darkroom.model.OnnxModelLoader;
import dev.darkroom.settings.Settings;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;

/**
 * Makes 30 pictures of the first model of the models folder alone, and then in 50 random mixes of samplers, steps,
 * guidance and sizes of calls, and prints how many differ in any pixel.
 */
public final class SameImageBenchmark {

    private static final int WISHES = 30;
    private static final int MIXES = 50;

    private SameImageBenchmark() {}

    /** @param args the models folder, {@code models} by default; a seed */
    public static void main(String[] args) throws Exception {
        Path models = Path.of(args.length == 0 ? "models" : args[0]);
        long seed = args.length < 2 ? System.nanoTime() : Long.parseLong(args[1]);
        OnnxModelLoader loader = new OnnxModelLoader(DeviceConfig.from(new Settings(Map.of("sampler.device", "cpu"))));
        try (LoadedModel model = loader.load(new ModelCatalogue(models).scan().get(0))) {
            MixedCompany company = new MixedCompany(model, WISHES, new Random(seed));
            int differing = 0;
            for (int mix = 0; mix < MIXES; mix++) {
                differing += company.mix().size();
            }
            System.out.printf(
                    "%s, seed %d: %d mixes, %d pictures differ%n",
                    model.traits().name(), seed, MIXES, differing);
        }
    }
}
