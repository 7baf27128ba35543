package dev.darkroom.benchmark;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.darkroom.Server;
import dev.darkroom.http.fooocus.FooocusContract;
import dev.darkroom.store.Awaited;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/**
 * Prints how many asynchronous submissions a whole server accepts per second, and how many records it reads, over HTTP
 * with 64 requests in flight. Its database is the embedded one as it ships, durable; its samplers are paused. The load
 * generator runs in the same process, so that the figures include it.
 *
 * <pre>mvn -q test-compile exec:java -Dexec.classpathScope=test \
 *     -Dmain.class=dev.darkroom.benchmark.SubmissionBenchmark</pre>
 */
public final class SubmissionBenchmark {

    private static final int IN_FLIGHT = 64;
    private static final int SUBMISSIONS = 30_000;
    private static final int READS = 100_000;
    private static final int ROUNDS = 3;

    private SubmissionBenchmark() {}

    /** @param args none */
    public static void main(String[] args) throws Exception {
        Path home = Files.createTempDirectory("darkroom-benchmark");
        Server server = BenchmarkServer.in(home);
        int port = Awaited.get(server.start());
        try {
            measure(port, fullBody());
        } finally {
            Awaited.get(server.stop());
        }
        System.out.println("The data stay in " + home);
    }

    private static void measure(int port, String fullBody) throws IOException {
        HttpLoad load = new HttpLoad(port, IN_FLIGHT);
        byte[] two = HttpLoad.generate("{\"prompt\":\"a cat on the moon\",\"async_process\":true}");
        byte[] full = HttpLoad.generate(fullBody);
        List<byte[]> records = new ArrayList<>();
        for (int round = 1; round <= ROUNDS; round++) {
            print("submissions, two fields", round, load.run(SUBMISSIONS, i -> two, head -> keep(head, records)));
            print(
                    "submissions, all fields, %,d bytes".formatted(fullBody.length()),
                    round,
                    load.run(SUBMISSIONS, i -> full, head -> {}));
            Random random = new Random(round);
            print(
                    "reads of waiting records",
                    round,
                    load.run(READS, i -> records.get(random.nextInt(records.size())), head -> {}));
        }
    }

    private static void keep(String head, List<byte[]> records) {
        records.add("GET /tasks/%s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
                .formatted(HttpLoad.header(head, "X-Task-Id"))
                .getBytes(US_ASCII));
    }

    private static void print(String what, int round, HttpLoad.Figures figures) {
        System.out.printf("%-38s round %d %s%n", what, round, figures);
    }

    /** A body with every field of the contract, as a client's form sends it. */
    private static String fullBody() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            JsonObject body = new JsonObject();
            Awaited.get(FooocusContract.load(vertx)).generate().defaults().forEach((name, value) -> {
                if (Objects.nonNull(value)) {
                    body.put(name, value);
                }
            });
            return body.put("prompt", "a cat on the moon")
                    .put("async_process", true)
                    .encode();
        } finally {
            Awaited.get(vertx.close());
        }
    }
}
