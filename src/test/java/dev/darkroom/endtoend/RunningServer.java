package dev.darkroom.endtoend;

import dev.darkroom.Configuration;
import dev.darkroom.Server;
import dev.darkroom.model.Device;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelFolder;
import dev.darkroom.model.ModelLoader;
import dev.darkroom.settings.Settings;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A whole server in this process, on a free port, with a database of its own below its home. */
public final class RunningServer implements AutoCloseable {

    final Path home;
    final Client client;
    private final Server server;
    private final int port;

    private RunningServer(Path home, Server server) throws Exception {
        this.home = home;
        this.server = server;
        port = await(server);
        client = new Client(port);
    }

    /** Returns the port that is listened on. */
    public int port() {
        return port;
    }

    /** Returns the port of the older API, or 0. */
    public int legacyPort() {
        return server.legacyPort();
    }

    private static int await(Server server) throws Exception {
        return server.start().toCompletionStage().toCompletableFuture().get(2, TimeUnit.MINUTES);
    }

    /** Starts a server that runs what stands in {@code home/models} in ONNX Runtime. */
    static RunningServer start(Path home, Map<String, String> settings) throws Exception {
        return start(home, settings, null);
    }

    /** Starts a server for which {@code model} stands in for whatever model it loads; the folder must be there. */
    public static RunningServer start(Path home, Map<String, String> settings, @Nullable LoadedModel model)
            throws Exception {
        Map<String, String> properties = new HashMap<>();
        settings.forEach((key, value) -> properties.put("darkroom." + key, value));
        properties.putIfAbsent("darkroom.http.port", "0");
        properties.putIfAbsent("darkroom.sampler.device", "cpu");
        if (model != null) {
            // what a test counts are its tasks' calls
            properties.putIfAbsent("darkroom.sampler.measure", "0 s");
        }
        Configuration configuration = Configuration.from(new Settings(Map.of(), Map.of(), properties));
        Callable<ModelLoader> loader = () -> new StandIn(model);
        return new RunningServer(
                home, model == null ? new Server(configuration, home) : new Server(configuration, home, loader));
    }

    /** Returns where pictures are saved. */
    public Path outputs() {
        return home.resolve("outputs");
    }

    @Override
    public void close() {
        server.stop()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(1, TimeUnit.MINUTES)
                .join();
    }

    private record StandIn(LoadedModel model) implements ModelLoader {
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
