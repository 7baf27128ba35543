package dev.darkroom.chaos;

import dev.darkroom.Configuration;
import dev.darkroom.Server;
import dev.darkroom.model.DenoiserBatch;
import dev.darkroom.model.Device;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelFolder;
import dev.darkroom.model.ModelLoader;
import dev.darkroom.testing.NullModel;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A node in a process of its own, whose model computes nothing and takes its time for it: 20 ms for a step of one image,
 * 10 ms more for each that shares the call. It ends with the program.
 */
final class ChaosNode {

    static final String READY = "chaos node ready:";

    /** A prompt that no process survives. */
    static final String DEADLY = "deadly";

    private static final int STEP_MILLIS = 10;
    private static final int IMAGE_MILLIS = 10;

    private ChaosNode() {}

    /** @param arguments its folder; its settings are system properties */
    public static void main(String[] arguments) throws Exception {
        Map<String, String> properties = new HashMap<>();
        System.getProperties().stringPropertyNames().forEach(name -> properties.put(name, System.getProperty(name)));
        Path home = Path.of(arguments[0]);
        Server server = new Server(Configuration.read(home, Map.of(), properties), home, SlowModel::new);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server), "chaos-stop"));
        int port = server.start().toCompletionStage().toCompletableFuture().get(3, TimeUnit.MINUTES);
        System.out.println(READY + " " + port + " " + server.node());
        while (System.in.read() >= 0) {
            // the program lives
        }
        Runtime.getRuntime().halt(1);
    }

    private static void stop(Server server) {
        server.stop()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(12, TimeUnit.SECONDS)
                .exceptionally(late -> null)
                .join();
    }

    private record SlowModel(LoadedModel model) implements ModelLoader {

        SlowModel() {
            this(slow());
        }

        private static LoadedModel slow() {
            NullModel model = new NullModel("null", 64, 8, 0);
            model.onCall = SlowModel::compute;
            model.onText = text -> {
                if (text.contains(DEADLY)) {
                    Runtime.getRuntime().halt(1);
                }
            };
            return model;
        }

        private static void compute(DenoiserBatch batch) {
            // each image has a row for its negative prompt, too
            long millis = STEP_MILLIS + (long) IMAGE_MILLIS * ((batch.rows() + 1) / 2);
            long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
            for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        }

        @Override
        public Device device() {
            return new Device("none", "the model computes nothing");
        }

        @Override
        public LoadedModel load(ModelFolder folder) {
            return model;
        }
    }
}
