package dev.darkroom.benchmark;

import dev.darkroom.Configuration;
import dev.darkroom.Server;
import dev.darkroom.model.DeviceConfig;
import dev.darkroom.model.OnnxModelLoader;
import dev.darkroom.model.TinyPipeline;
import dev.darkroom.settings.Settings;
import dev.darkroom.store.Awaited;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A whole server with a tiny model and its samplers paused, in this process or in one of its own. */
final class BenchmarkServer {

    static final String PORT_MARK = "port ";

    private BenchmarkServer() {}

    /** Makes one in {@code home}, which is empty. */
    static Server in(Path home) throws Exception {
        TinyPipeline.write(Files.createDirectories(home.resolve("models")), "tiny");
        Map<String, Object> settings = Map.of(
                "http.port", 0,
                "sampler.enabled", false,
                "queue.capacity", 10_000_000);
        return new Server(
                Configuration.from(new Settings(settings)),
                home,
                () -> new OnnxModelLoader(DeviceConfig.from(new Settings(Map.of("sampler.device", "cpu")))));
    }

    /**
     * Runs one until its input ends, and prints its port.
     *
     * @param args its folder
     */
    public static void main(String[] args) throws Exception {
        Server server = in(Path.of(args[0]));
        System.out.println(PORT_MARK + Awaited.get(server.start()));
        while (System.in.read() >= 0) {
            // the parent lives
        }
        Awaited.get(server.stop());
    }

    /** Starts one in a process of its own, which ends when its input is closed. */
    static Process child(Path home, List<String> javaOptions) throws IOException {
        return child(home, javaOptions, List.of(BenchmarkServer.class.getName(), home.toString()));
    }

    /** Starts a Java program. */
    static Process child(Path home, List<String> javaOptions, List<String> program) throws IOException {
        // ONNX Runtime does not bear a command line of some kilobytes, as a class path makes it
        Path arguments = home.resolve("java.arguments");
        String natives = System.getProperty("onnxruntime.native.path");
        Files.writeString(
                arguments,
                "-cp \"%s\"\n%s".formatted(classPath(), natives == null ? "" : "-Donnxruntime.native.path=" + natives));
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(javaOptions);
        command.add("@" + arguments);
        command.addAll(program);
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Maven's exec:java loads classes by a loader of its own. */
    private static String classPath() {
        ClassLoader loader = BenchmarkServer.class.getClassLoader();
        return loader instanceof URLClassLoader own
                ? Stream.of(own.getURLs()).map(BenchmarkServer::file).collect(Collectors.joining(File.pathSeparator))
                : System.getProperty("java.class.path");
    }

    private static String file(URL url) {
        try {
            return Path.of(url.toURI()).toString();
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
