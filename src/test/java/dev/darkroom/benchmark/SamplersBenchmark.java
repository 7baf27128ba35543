package dev.darkroom.benchmark;

import dev.darkroom.endtoend.RunningServer;
import dev.darkroom.model.TinyPipeline;
import dev.darkroom.store.Awaited;
import dev.darkroom.store.EmbeddedPostgres;
import dev.darkroom.testing.NullModel;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Row;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Prints how claims and completions grow with 1, 2, 4 and 8 samplers over one database, as it ships: first whole nodes
 * whose step sleeps 20 ms, with files and all; then nodes that only claim and complete, in larger batches up to what
 * the database bears; then claims alone.
 *
 * <pre>mvn -q test-compile exec:java -Dexec.classpathScope=test \
 *     -Dmain.class=dev.darkroom.benchmark.SamplersBenchmark</pre>
 */
public final class SamplersBenchmark {

    private static final int[] SAMPLERS = {1, 2, 4, 8};
    private static final long STEP_MILLIS = 20;
    private static final int STEPS = 20;
    private static final int ROWS = 4;
    /** Tasks a second of a sampler that loses no time between two calls. */
    private static final double MOST = 1000.0 * ROWS / (STEPS * STEP_MILLIS);

    private static final int SECONDS = 8;
    private static final int WARM_UP_SECONDS = 4;

    private final EmbeddedPostgres postgres;
    private final Path folder;
    private final Vertx vertx = Vertx.vertx();
    private final Pool pool;

    private SamplersBenchmark(EmbeddedPostgres postgres, Path folder) {
        this.postgres = postgres;
        this.folder = folder;
        pool = PgBuilder.pool()
                .with(new PoolOptions().setMaxSize(1))
                .connectingTo(postgres.connectOptions())
                .using(vertx)
                .build();
    }

    /** @param arguments {@code nodes} measures whole nodes alone, and {@code store} leaves them out */
    public static void main(String[] arguments) throws Exception {
        Path folder = Files.createTempDirectory("darkroom-benchmark");
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(folder.resolve("postgres"), 0, System.out::println)) {
            SamplersBenchmark benchmark = new SamplersBenchmark(postgres, folder);
            List<String> parts = arguments.length == 0 ? List.of("nodes", "store") : List.of(arguments);
            if (parts.contains("nodes")) {
                benchmark.wholeNodes();
            }
            if (parts.contains("store")) {
                benchmark.store();
            }
            Awaited.get(benchmark.vertx.close());
        }
        System.out.println("The data stay in " + folder);
    }

    private void store() throws Exception {
        // the first node brings the tables
        new StoreSampler(postgres.connectOptions(), 1, 0).close();
        for (int batch : new int[] {4, 16}) {
            storeAlone(batch, STEP_MILLIS);
        }
        for (int batch : new int[] {16, 64}) {
            storeAlone(batch, 0);
        }
    }

    /** What is counted while some samplers run. */
    private interface Counter {
        double count() throws Exception;
    }

    private double measure(int samplers, double first, Counter counter) throws Exception {
        Awaited.get(vertx.timer(WARM_UP_SECONDS, TimeUnit.SECONDS));
        ProcessorTime time = new ProcessorTime();
        double before = counter.count();
        long begin = System.nanoTime();
        Awaited.get(vertx.timer(SECONDS, TimeUnit.SECONDS));
        double rate = (counter.count() - before) / ((System.nanoTime() - begin) / 1e9);
        System.out.printf(
                "  %d samplers %,9.1f tasks/s, %.2f of linear; %s%n",
                samplers, rate, first == 0 ? 1 : rate / (samplers * first), time.cores());
        return rate;
    }

    private void wholeNodes() throws Exception {
        List<RunningServer> nodes = new ArrayList<>();
        try {
            nodes.add(node(0, "http,sampler"));
            String template = template(nodes.get(0));
            System.out.printf(
                    "Whole nodes, %d images a call, tasks of %d steps of %d ms: at most %.0f tasks/s of each%n",
                    ROWS, STEPS, STEP_MILLIS, MOST);
            double first = 0;
            for (int count : SAMPLERS) {
                while (nodes.size() < count) {
                    nodes.add(node(nodes.size(), "sampler"));
                }
                fill(template, (int) (count * MOST * 2 * (WARM_UP_SECONDS + SECONDS)));
                double rate = measure(count, first, this::finished);
                first = first == 0 ? rate : first;
                empty();
            }
        } finally {
            nodes.forEach(RunningServer::close);
        }
    }

    private RunningServer node(int number, String roles) throws Exception {
        Path home = folder.resolve("node-" + number);
        TinyPipeline.write(home.resolve("models"), "null");
        PgConnectOptions at = postgres.connectOptions();
        String uri = "postgresql://%s:%s@%s:%d/%s"
                .formatted(at.getUser(), at.getPassword(), at.getHost(), at.getPort(), at.getDatabase());
        Map<String, String> settings = Map.of(
                "database.uri", uri,
                "database.pool-size", "4",
                "roles", roles,
                "sampler.max-rows", Integer.toString(ROWS),
                // nothing is computed that could stand in anybody's way
                "sampler.niceness", "0",
                "output.log", "false",
                "access-log.to", "none");
        return RunningServer.start(home, settings, new NullModel("null", 64, STEPS, STEP_MILLIS));
    }

    /** Has one task made as a client's, whose row is copied then. */
    private String template(RunningServer node) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + node.port() + "/v1/engine/generate"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"prompt\": \"a cat\"}"))
                .build();
        HttpResponse<String> answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        return new JsonObject(answer.body()).getString("task_id");
    }

    private void fill(String template, int count) throws Exception {
        sql("""
                INSERT INTO task (task_id, kind, owner, model, prompt, request, images, work)
                SELECT gen_random_uuid(), kind, owner, model, prompt, request, images, work
                FROM task, generate_series(1, %d) WHERE task_id = '%s'""".formatted(count, template));
    }

    private double finished() throws Exception {
        return sql("SELECT count(*) FROM task WHERE finished IS NOT NULL");
    }

    /** Takes the rest of the queue away and waits for what runs. */
    private void empty() throws Exception {
        sql("DELETE FROM task WHERE state = 'pending'");
        while (sql("SELECT count(*) FROM task WHERE finished IS NULL") > 0) {
            Awaited.get(vertx.timer(100, TimeUnit.MILLISECONDS));
        }
    }

    private void storeAlone(int batch, long stepMillis) throws Exception {
        System.out.printf(
                stepMillis == 0 ? "Claims of %d tasks, nothing else%n" : "Claims of %d tasks, a step of %d ms, ends%n",
                batch,
                stepMillis);
        double first = 0;
        for (int count : SAMPLERS) {
            // a fifth more than a second's most times the seconds, however little each claim takes
            int tasks =
                    stepMillis == 0 ? 200_000 : (int) (count * batch * 1200 / stepMillis) * (WARM_UP_SECONDS + SECONDS);
            sql("TRUNCATE task CASCADE");
            sql("""
                    INSERT INTO task (task_id, kind, owner, model, prompt, request, images)
                    SELECT gen_random_uuid(), 'text-to-image', '', 'm', 'a cat',
                           json_build_object('prompt', repeat(md5(n::text), 24)), 1 FROM generate_series(1, %d) AS n""".formatted(tasks));
            sql("VACUUM ANALYZE task");
            List<StoreSampler> samplers = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                samplers.add(new StoreSampler(postgres.connectOptions(), batch, stepMillis));
            }
            samplers.forEach(StoreSampler::begin);
            double rate = measure(
                    count,
                    first,
                    () -> samplers.stream().mapToLong(StoreSampler::done).sum());
            first = first == 0 ? rate : first;
            for (StoreSampler sampler : samplers) {
                sampler.close();
            }
        }
    }

    /** Returns the first row's number, or how many rows there are. */
    private double sql(String sql) throws Exception {
        var rows = Awaited.get(pool.query(sql).execute());
        for (Row row : rows) {
            return row.getLong(0);
        }
        return rows.rowCount();
    }
}
