package dev.darkroom.benchmark;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.darkroom.Configuration;
import dev.darkroom.Server;
import dev.darkroom.settings.Settings;
import dev.darkroom.store.Awaited;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Prints how long a stream's first event takes from the POST, while the built-in model keeps every core busy and at
 * least ten tasks wait. The server, with its embedded database, runs in this process; so does the one client.
 *
 * <pre>mvn -q test-compile exec:java -Dexec.classpathScope=test \
 *     -Dmain.class=dev.darkroom.benchmark.FirstEventBenchmark</pre>
 */
public final class FirstEventBenchmark {

    private static final int WAITING = 10;
    private static final int ROUND = 40;
    private static final int ROUNDS = 8;
    private static final long PAUSE_MS = 75;
    private static final byte[] STREAM = HttpLoad.generate("{\"prompt\":\"a cat\",\"stream_output\":true}");
    private static final byte[] LONG_TASK =
            HttpLoad.generate("{\"prompt\":\"a dog\",\"image_number\":32,\"async_process\":true}");

    private final int port;

    private FirstEventBenchmark(int port) {
        this.port = port;
    }

    /** @param args none */
    public static void main(String[] args) throws Exception {
        Path home = Files.createTempDirectory("darkroom-benchmark");
        Map<String, Object> settings = Map.of(
                "http.port",
                0,
                "models.folder",
                Path.of("models").toAbsolutePath().toString());
        Server server = new Server(Configuration.from(new Settings(settings)), home);
        try {
            new FirstEventBenchmark(Awaited.get(server.start())).run();
        } finally {
            Awaited.get(server.stop());
        }
    }

    private void run() throws IOException {
        try (Socket first = connect()) {
            first.getOutputStream().write(HttpLoad.generate("{\"prompt\":\"a cat\"}"));
            readTo(first.getInputStream(), "\"task_status\"");
        }
        for (int i = 0; i <= WAITING; i++) {
            try (Socket socket = connect()) {
                socket.getOutputStream().write(LONG_TASK);
                readTo(socket.getInputStream(), "\"task_id\"");
            }
        }
        for (int round = 1; round <= ROUNDS; round++) {
            double[] milliseconds = new double[ROUND];
            for (int i = 0; i < ROUND; i++) {
                milliseconds[i] = firstEvent();
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE_MS));
            }
            Arrays.sort(milliseconds);
            System.out.printf(
                    "round %d: median %.1f ms, p90 %.1f ms, most %.1f ms, %d of %d within 20 ms%n",
                    round,
                    milliseconds[ROUND / 2],
                    milliseconds[ROUND * 9 / 10],
                    milliseconds[ROUND - 1],
                    Arrays.stream(milliseconds).filter(each -> each <= 20).count(),
                    ROUND);
        }
    }

    private double firstEvent() throws IOException {
        try (Socket socket = connect()) {
            long begin = System.nanoTime();
            socket.getOutputStream().write(STREAM);
            readTo(socket.getInputStream(), "data: {");
            return (System.nanoTime() - begin) / 1e6;
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        return socket;
    }

    private static void readTo(InputStream in, String mark) throws IOException {
        StringBuilder read = new StringBuilder();
        byte[] buffer = new byte[8192];
        while (read.indexOf(mark) < 0) {
            int length = in.read(buffer);
            if (length < 0) {
                throw new IOException("the server ended the answer early: " + read);
            }
            read.append(new String(buffer, 0, length, US_ASCII));
        }
    }
}
