package dev.darkroom.worker;

import dev.darkroom.model.Conditioning;
import dev.darkroom.model.DenoiserBatch;
import dev.darkroom.model.DeviceConfig;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.MemoryBudget;
import dev.darkroom.model.ModelCatalogue;
import dev.darkroom.model.OnnxModelLoader;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Prints what becomes of the process's memory when two models take turns in the room for one: the
 * resident set after each, and how far the last differs from the first with the same model.
 *
 * <p>Its arguments are a model folder, of which two copies are used (without one the built-in model), and how many tasks
 * if not 50. Let the Java heap have its full size from the start, or its growth is measured too.
 */
public final class ModelSwitchingBenchmark {

    private ModelSwitchingBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        Path source = Path.of(arguments.length > 0 ? arguments[0] : "models/emoji");
        int tasks = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 50;
        Path models = Files.createTempDirectory("darkroom-switching");
        for (String name : List.of("a", "b")) {
            copy(source, models.resolve(name));
        }
        OnnxModelLoader loader = new OnnxModelLoader(new DeviceConfig(DeviceConfig.Choice.AUTO, 0, 0));
        MemoryBudget budget = new MemoryBudget(1, loader.memory());
        Vertx vertx = Vertx.vertx();
        ModelShelf shelf =
                new ModelShelf(vertx, new ModelCatalogue(models)::scan, loader, "", budget, new SimpleMeterRegistry());
        shelf.open().await(1, TimeUnit.MINUTES);
        System.out.printf("%s twice, room for one; MiB resident%n", source);
        System.out.printf("before            %8d%n", used(budget));
        List<Long> resident = new ArrayList<>();
        for (int task = 0; task < tasks; task++) {
            long begun = System.nanoTime();
            ModelLoan loan = shelf.borrow(task % 2 == 0 ? "a" : "b", ignored -> {});
            LoadedModel model =
                    loan.arrival().toCompletionStage().toCompletableFuture().get(10, TimeUnit.MINUTES);
            long loaded = System.nanoTime();
            use(model);
            resident.add(used(budget));
            loan.giveBack();
            System.out.printf(
                    "task %2d           %8d   switched in %5d ms, estimated at %d MiB%n",
                    task + 1, resident.get(task), (loaded - begun) / 1_000_000, shelf.memory() >> 20);
        }
        shelf.close().await(1, TimeUnit.MINUTES);
        budget.memory().trim();
        System.out.printf("after             %8d%n", used(budget));
        // the first loads also bring code and buffers that stay
        long first = resident.get(3);
        long last = resident.get(tasks - 1);
        long most = resident.subList(3, tasks).stream()
                .mapToLong(Long::longValue)
                .max()
                .orElseThrow();
        System.out.printf(
                "task 4 to task %d: %+.1f %%; the most in between: %+.1f %%%n",
                tasks, 100.0 * (last - first) / first, 100.0 * (most - first) / first);
        vertx.close().await(1, TimeUnit.MINUTES);
        delete(models);
    }

    private static long used(MemoryBudget budget) {
        return budget.memory().used() >> 20;
    }

    private static void use(LoadedModel model) throws Exception {
        int side = model.traits().nativeSize() / model.traits().latentScale();
        int channels = model.traits().latentChannels();
        Conditioning[] texts = {model.encode("a cat", 1), model.encode("a cat", 1)};
        float[][] latents = new float[2][channels * side * side];
        Random random = new Random(1);
        for (float[] latent : latents) {
            for (int i = 0; i < latent.length; i++) {
                latent[i] = (float) random.nextGaussian();
            }
        }
        float[][] outputs = new float[2][channels * side * side];
        for (int step = 0; step < 4; step++) {
            model.denoiser()
                    .predict(new DenoiserBatch(
                            2, channels, side, side, latents, new float[] {500, 500}, texts, outputs));
        }
        model.decode(latents[0], side, side);
    }

    private static void copy(Path source, Path target) throws IOException {
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.filter(path -> !source.relativize(path).startsWith("training"))
                    .toList()) {
                Path copy = target.resolve(source.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy);
                }
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
