package dev.darkroom.benchmark;

import dev.darkroom.Darkroom;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** One of two servers that are compared, in processes of its own; it says its address when it listens. */
final class SideBySideServer implements AutoCloseable {

    private static final Pattern ADDRESS = Pattern.compile("http://127\\.0\\.0\\.1:(\\d+)");
    private static final Pattern SHARE = Pattern.compile("(?m)^Pss:\\s+(\\d+) kB");

    private final Process process;
    private final CompletableFuture<Integer> port = new CompletableFuture<>();

    private SideBySideServer(Process process) {
        this.process = process;
        Thread reader = new Thread(this::read, "server-output");
        reader.setDaemon(true);
        reader.start();
    }

    /** @param paused takes tasks and runs none */
    static SideBySideServer darkroom(boolean paused) throws Exception {
        Path home = Files.createTempDirectory("darkroom-benchmark");
        List<String> options = List.of(
                "-Xmx512m",
                "-Ddarkroom.home=" + home,
                "-Ddarkroom.http.port=0",
                "-Ddarkroom.models.folder=" + Path.of("models").toAbsolutePath(),
                "-Ddarkroom.queue.capacity=1000000",
                "-Ddarkroom.sampler.enabled=" + !paused);
        return started(BenchmarkServer.child(home, options, List.of(Darkroom.class.getName())));
    }

    /**
     * @param python with the packages of {@code bench/python-server/requirements.txt}
     * @param spinning whether ONNX Runtime's threads keep their cores while they wait, as they do unless told
     * @param paused takes tasks and runs none
     */
    static SideBySideServer python(String python, boolean spinning, boolean paused) throws Exception {
        Path home = Files.createTempDirectory("python-benchmark");
        List<String> command = new ArrayList<>(List.of(
                python,
                "bench/python-server/server.py",
                "--port",
                "0",
                "--outputs",
                home.resolve("outputs").toString(),
                "--threads",
                Integer.toString(Runtime.getRuntime().availableProcessors())));
        if (!spinning) {
            command.add("--no-spinning");
        }
        if (paused) {
            command.add("--paused");
        }
        return started(new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    private static SideBySideServer started(Process process) throws Exception {
        SideBySideServer server = new SideBySideServer(process);
        server.port.get(2, TimeUnit.MINUTES);
        return server;
    }

    private void read() {
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                Matcher address = ADDRESS.matcher(line);
                if (address.find()) {
                    port.complete(Integer.valueOf(address.group(1)));
                }
            }
            port.completeExceptionally(new IOException("the server ended before it listened"));
        } catch (IOException broken) {
            port.completeExceptionally(broken);
        }
    }

    int port() {
        return port.join();
    }

    String url() {
        return "http://127.0.0.1:" + port();
    }

    /** Returns what the process and those that it started hold: what several share is divided among them. */
    double megabytes() throws IOException {
        long kilobytes = 0;
        List<ProcessHandle> all = Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .toList();
        for (ProcessHandle each : all) {
            Path rollup = Path.of("/proc/%d/smaps_rollup".formatted(each.pid()));
            if (Files.exists(rollup)) {
                Matcher share = SHARE.matcher(Files.readString(rollup));
                kilobytes += share.find() ? Long.parseLong(share.group(1)) : 0;
            }
        }
        return kilobytes / 1000.0;
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().completeOnTimeout(process, 30, TimeUnit.SECONDS).join().destroyForcibly();
    }
}
