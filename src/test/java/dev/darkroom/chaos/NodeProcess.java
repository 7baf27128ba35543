package dev.darkroom.chaos;

import dev.darkroom.model.TinyPipeline;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One of the program's nodes, which dies and comes back. Its folder and its log outlive its processes. */
final class NodeProcess implements AutoCloseable {

    private static final int LAST_LINES = 15;

    /** How often a node that ends while it starts is started again. */
    private static final int RESTARTS = 5;

    private final Path home;
    private final Path log;
    private final Map<String, String> settings;
    private volatile Process process;
    private volatile int port;
    private volatile String id = "";
    private long logged;
    private int restartsLeft;
    private boolean closed;

    /** @param home its folder, which is made */
    NodeProcess(Path home, Map<String, String> settings) throws IOException {
        this.home = Files.createDirectories(home);
        this.log = home.resolve("node.log");
        this.settings = settings;
        TinyPipeline.write(home.resolve("models"), "null");
        Files.createFile(log);
    }

    /** Begins a process; {@link #awaitReady} waits until it serves. */
    synchronized void start() throws IOException {
        if (closed) {
            throw new IOException("the program is at its end");
        }
        Path arguments = home.resolve("java.arguments");
        List<String> options = new ArrayList<>(List.of(
                "-Xmx192m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-Djava.awt.headless=true",
                "-cp \"" + classPath() + "\""));
        settings.forEach((key, value) -> options.add("-Ddarkroom." + key + "=" + value));
        Files.write(arguments, options);
        id = "";
        logged = Files.size(log);
        process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "@" + arguments,
                        ChaosNode.class.getName(),
                        home.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .start();
    }

    void awaitReady() throws Exception {
        restartsLeft = RESTARTS;
        Until.holds("a node starts", Until.LONG, () -> {
            boolean ended = !process.isAlive();
            List<String> said = linesSinceStart();
            for (String line : said) {
                if (line.startsWith(ChaosNode.READY)) {
                    String[] words =
                            line.substring(ChaosNode.READY.length()).trim().split(" ");
                    port = Integer.parseInt(words[0]);
                    id = words[1];
                    return true;
                }
            }
            if (ended && restartsLeft-- > 0) {
                // the database may be away in this moment, and whoever runs a node lets it be started again
                start();
            } else if (ended) {
                throw new IllegalStateException("a node did not start: "
                        + String.join("\n", said.subList(Math.max(0, said.size() - LAST_LINES), said.size())));
            }
            return false;
        });
    }

    private List<String> linesSinceStart() throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            byte[] bytes = new byte[(int) (file.length() - logged)];
            file.seek(logged);
            file.readFully(bytes);
            String text = new String(bytes, StandardCharsets.UTF_8);
            // the last line may not be whole
            return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
        }
    }

    /** Returns all that its processes said. */
    List<String> lines() throws IOException {
        return Files.readAllLines(log);
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    /** Returns the node's name in tasks' rows, or nothing while it starts. */
    String id() {
        return id;
    }

    boolean serves() {
        return !id.isEmpty() && isAlive();
    }

    boolean isAlive() {
        return process != null && process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    Path outputs() {
        return home.resolve("outputs");
    }

    /** Ends it without a word. */
    void kill() throws InterruptedException {
        id = "";
        process.destroyForcibly().waitFor();
    }

    /** Waits until it has ended by itself. */
    boolean awaitEnd() throws InterruptedException {
        return process.waitFor(Until.LONG.toSeconds(), TimeUnit.SECONDS);
    }

    /** Asks it to end, and tells how many milliseconds that took. */
    long drain() throws InterruptedException {
        long begun = System.nanoTime();
        id = "";
        process.destroy();
        process.waitFor();
        return (System.nanoTime() - begun) / 1_000_000;
    }

    /** Stops or continues it, as the operating system does. The program kill is not everywhere, the shell's own is. */
    void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("/bin/sh", "-c", "kill -%s %d".formatted(name, process.pid()))
                .start()
                .waitFor();
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (process != null) {
            process.destroyForcibly();
        }
    }

    /** Maven's exec:java loads classes by a loader of its own. */
    private static String classPath() {
        ClassLoader loader = NodeProcess.class.getClassLoader();
        Stream<String> entries = loader instanceof URLClassLoader own
                ? Stream.of(own.getURLs()).map(NodeProcess::file)
                : Stream.of(System.getProperty("java.class.path").split(File.pathSeparator));
        return entries.map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static String file(URL url) {
        try {
            return Path.of(url.toURI()).toString();
        } catch (URISyntaxException impossible) {
            throw new IllegalArgumentException(impossible);
        }
    }
}
