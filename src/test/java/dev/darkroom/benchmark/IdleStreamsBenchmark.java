package dev.darkroom.benchmark;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Prints how much memory a whole server takes with 10,000 open event streams of waiting tasks. The server is a process of
 * its own with a heap of 512 MB and the embedded database beside it; its samplers are paused. Needs {@code ulimit -n} of
 * some 11,000.
 *
 * <pre>mvn -q test-compile exec:java -Dexec.classpathScope=test \
 *     -Dmain.class=dev.darkroom.benchmark.IdleStreamsBenchmark</pre>
 */
public final class IdleStreamsBenchmark implements EventStreams.Reader {

    private static final int STREAMS = 10_000;
    private static final int OPENING = 64;
    private static final int SECONDS = 60;
    private static final List<String> JAVA_OPTIONS = List.of("-Xmx512m", "-XX:MaxDirectMemorySize=128m");

    private int events;
    private int heartbeats;

    private IdleStreamsBenchmark() {}

    /** @param args none */
    public static void main(String[] args) throws Exception {
        Path home = Files.createTempDirectory("darkroom-benchmark");
        Process server = BenchmarkServer.child(home, JAVA_OPTIONS);
        try {
            BufferedReader output = new BufferedReader(new InputStreamReader(server.getInputStream(), US_ASCII));
            String line = output.readLine();
            while (line != null && !line.startsWith(BenchmarkServer.PORT_MARK)) {
                line = output.readLine();
            }
            if (line == null) {
                throw new IllegalStateException("the server did not start");
            }
            int port = Integer.parseInt(line.substring(BenchmarkServer.PORT_MARK.length()));
            new IdleStreamsBenchmark().run(server.pid(), port);
        } finally {
            server.getOutputStream().close();
            server.waitFor();
        }
    }

    private void run(long server, int port) throws IOException {
        print("before", server);
        byte[] request = HttpLoad.generate("{\"prompt\":\"a cat\",\"stream_output\":true}");
        try (EventStreams streams = new EventStreams(port, request, 512, this)) {
            long begin = System.nanoTime();
            for (int asked = 0; events < STREAMS; ) {
                while (asked < STREAMS && asked - events < OPENING) {
                    streams.open();
                    asked++;
                }
                streams.serve(1000);
            }
            System.out.printf(
                    "%,d streams with their first event after %.1f s%n", events, (System.nanoTime() - begin) / 1e9);
            print("opened", server);
            long end = System.nanoTime() + SECONDS * 1_000_000_000L;
            while (System.nanoTime() < end) {
                streams.serve(100);
            }
            System.out.printf("%,d heartbeats within %d s%n", heartbeats, SECONDS);
            print("idle for %d s".formatted(SECONDS), server);
            HttpLoad.Figures live = new HttpLoad(port, 1)
                    .run(
                            1000,
                            i -> "GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".getBytes(US_ASCII),
                            head -> {});
            System.out.println("/health/live meanwhile: " + live);
        }
    }

    /** Prints resident memory, as Linux tells it. */
    private static void print(String when, long process) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(process), "status"))) {
            if (line.startsWith("VmRSS") || line.startsWith("VmHWM")) {
                System.out.printf("%-16s %s%n", when, line.replaceAll("\\s+", " "));
            }
        }
    }

    @Override
    public void opened(String head) {
        // the first event counts
    }

    @Override
    public void chunk(byte[] bytes, int from, int to) {
        if (bytes[from] == ':') {
            heartbeats++;
        } else {
            events++;
        }
    }
}
