package dev.darkroom.chaos;

import dev.darkroom.image.ImageDecoder;
import dev.darkroom.image.RgbImage;
import dev.darkroom.store.EmbeddedPostgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Three nodes over one database make pictures while they are killed, stopped and drained and the database restarts.
 * Everything is on the loopback interface, and bounded: a task that does not end makes the run fail.
 */
final class ChaosRun implements AutoCloseable {

    private static final int NODES = 3;
    private static final int FOLLOWERS = 8;
    private static final List<String> SAMPLERS =
            List.of("euler", "euler_ancestral", "dpmpp_2m", "dpmpp_2m_sde", "dpmpp_3m_sde", "lms", "uni_pc");
    private static final List<Integer> STEPS = List.of(4, 12, 24, 40);
    private static final Pattern RESUMED = Pattern.compile("Image \\d+ of task (\\w+) goes on at step (\\d+) of \\d+");
    private static final Pattern REFUSED = Pattern.compile("The lease of task \\w+ is lost|belongs to another worker");
    private static final long LONGEST_MINUTES = 20;

    private final ChaosPlan plan;
    private final Path folder;
    private final Consumer<String> told;
    private final Random random;
    private final Vertx vertx = Vertx.vertx();
    private final List<NodeProcess> nodes = new ArrayList<>();
    private final Map<String, String> kinds = Collections.synchronizedMap(new LinkedHashMap<>());
    private final List<Long> drainMillis = new ArrayList<>();
    private final ExecutorService followers = Executors.newFixedThreadPool(FOLLOWERS);
    private final ChaosClient client = new ChaosClient(nodes);
    private EmbeddedPostgres database;
    private Pool pool;

    /** @param folder empty; holds everything */
    ChaosRun(ChaosPlan plan, Path folder, Consumer<String> told) {
        this.plan = plan;
        this.folder = folder;
        this.told = told;
        this.random = new Random(plan.seed());
    }

    ChaosReport run() throws Exception {
        database = EmbeddedPostgres.start(folder.resolve("postgres"), 0, told);
        pool = PgBuilder.pool()
                .with(new PoolOptions().setMaxSize(2))
                .connectingTo(database.connectOptions())
                .using(vertx)
                .build();
        startNodes();
        watchEnds();
        Map<String, String> undisturbed = undisturbed();
        Map<String, RgbImage> expected = pictures(undisturbed);

        long begun = System.nanoTime();
        Thread submitter = new Thread(this::submitAll, "chaos-submitter");
        submitter.start();
        List<java.util.concurrent.Future<Boolean>> streams = new ArrayList<>();
        for (Callable<Integer> trouble : troubles()) {
            follow(streams);
            trouble.call();
        }
        submitter.join();
        follow(streams);
        awaitEnds();
        double seconds = (System.nanoTime() - begun) / 1e9;
        int ended = 0;
        for (java.util.concurrent.Future<Boolean> stream : streams) {
            ended += stream.get(2, TimeUnit.MINUTES) ? 1 : 0;
        }
        return report(expected, undisturbed, streams.size(), ended, seconds);
    }

    private void startNodes() throws Exception {
        PgConnectOptions at = database.connectOptions();
        int port = freePort();
        for (int i = 0; i < NODES; i++) {
            Map<String, String> settings = new HashMap<>();
            settings.put("http.port", "0");
            settings.put("cluster.enabled", "true");
            settings.put("cluster.secret", "0123456789abcdef");
            settings.put("cluster.port", Integer.toString(port));
            settings.put(
                    "database.uri",
                    "postgresql://%s:%s@%s:%d/%s"
                            .formatted(at.getUser(), at.getPassword(), at.getHost(), at.getPort(), at.getDatabase()));
            settings.put("sampler.lease", plan.lease().toMillis() + "ms");
            settings.put("sampler.checkpoint-every", "100ms");
            settings.put("sampler.checkpoint-beyond", "0ms");
            settings.put("queue.max-attempts", "100");
            settings.put("output.log", "false");
            nodes.add(new NodeProcess(folder.resolve("node-" + i), settings));
            nodes.get(i).start();
        }
        for (NodeProcess node : nodes) {
            node.awaitReady();
        }
        told.accept("three nodes are ready");
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return Math.min(65_000, socket.getLocalPort());
        }
    }

    /** Notes every end of a row, whoever writes it. */
    private void watchEnds() throws Exception {
        await(pool.query("""
                CREATE TABLE chaos_end (task_id uuid NOT NULL);
                CREATE FUNCTION chaos_end() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN INSERT INTO chaos_end VALUES (new.task_id); RETURN NULL; END $$;
                CREATE TRIGGER chaos_end AFTER UPDATE ON task FOR EACH ROW
                WHEN (new.finished IS NOT NULL AND (old.finished IS NULL OR old.state <> new.state
                      OR old.result::text IS DISTINCT FROM new.result::text)) EXECUTE FUNCTION chaos_end()""").execute());
    }

    private Map<String, String> undisturbed() throws Exception {
        Map<String, String> tasks = new LinkedHashMap<>();
        for (String sampler : SAMPLERS) {
            for (int steps : STEPS) {
                tasks.put(client.submit(ChaosClient.request(sampler, steps), random), sampler + " " + steps);
            }
        }
        awaitEnds();
        told.accept("%d pictures of an undisturbed run".formatted(tasks.size()));
        return tasks;
    }

    private void submitAll() {
        Random choices = new Random(plan.seed() + 1);
        for (int i = 0; i < plan.tasks(); i++) {
            String sampler = SAMPLERS.get(choices.nextInt(SAMPLERS.size()));
            int steps = STEPS.get(choices.nextInt(STEPS.size()));
            try {
                kinds.put(client.submit(ChaosClient.request(sampler, steps), choices), sampler + " " + steps);
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private List<Callable<Integer>> troubles() {
        List<Callable<Integer>> troubles = new ArrayList<>();
        troubles.addAll(Collections.nCopies(plan.kills(), this::killAHolder));
        troubles.addAll(Collections.nCopies(plan.stops(), this::stopAHolder));
        troubles.addAll(Collections.nCopies(plan.restarts(), this::restartTheDatabase));
        troubles.addAll(Collections.nCopies(plan.drains(), this::drainANode));
        Collections.shuffle(troubles, random);
        return troubles;
    }

    private int killAHolder() throws Exception {
        NodeProcess node = holder();
        node.kill();
        told.accept("a node that held leases was killed");
        return again(node);
    }

    private int again(NodeProcess node) throws Exception {
        node.start();
        node.awaitReady();
        return 0;
    }

    private int stopAHolder() throws Exception {
        NodeProcess node = holder();
        node.signal("STOP");
        await(vertx.timer(plan.lease().toMillis() + 2_500, TimeUnit.MILLISECONDS));
        node.signal("CONT");
        told.accept("a node stood still for longer than its leases");
        return 0;
    }

    private int restartTheDatabase() throws Exception {
        int port = database.port();
        database.close();
        database = EmbeddedPostgres.start(folder.resolve("postgres"), port, told);
        told.accept("the database was restarted");
        return 0;
    }

    private int drainANode() throws Exception {
        NodeProcess node = holder();
        drainMillis.add(node.drain());
        told.accept("a node was drained in %d ms".formatted(drainMillis.get(drainMillis.size() - 1)));
        return again(node);
    }

    /** Waits for a node that runs something. */
    private NodeProcess holder() throws Exception {
        long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        while (System.nanoTime() < until) {
            try {
                for (Row row : await(pool.query("SELECT DISTINCT node FROM task WHERE state = 'running'")
                        .execute())) {
                    String holder = row.getUUID(0).toString();
                    for (NodeProcess node : nodes) {
                        if (node.id().equals(holder)) {
                            return node;
                        }
                    }
                }
            } catch (Exception restarting) {
                told.accept("the database does not answer yet");
            }
            LockSupport.parkNanos(20_000_000);
        }
        throw new IllegalStateException("no node runs anything: there is too little to do for so much trouble");
    }

    private void follow(List<java.util.concurrent.Future<Boolean>> streams) {
        List<String> known;
        synchronized (kinds) {
            known = List.copyOf(kinds.keySet());
        }
        long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(LONGEST_MINUTES);
        if (!known.isEmpty()) {
            String task = known.get(known.size() - 1);
            long seed = random.nextLong();
            streams.add(followers.submit(() -> client.follow(task, new Random(seed), deadline)));
        }
    }

    private void awaitEnds() throws Exception {
        long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(LONGEST_MINUTES);
        while (System.nanoTime() < until) {
            try {
                long open = await(pool.query("SELECT count(*) FROM task WHERE finished IS NULL")
                                .execute())
                        .iterator()
                        .next()
                        .getLong(0);
                if (open == 0) {
                    return;
                }
            } catch (java.util.concurrent.ExecutionException restarting) {
                told.accept("the database does not answer yet");
            }
            LockSupport.parkNanos(100_000_000);
        }
        throw new IllegalStateException("some tasks never ended");
    }

    private ChaosReport report(
            Map<String, RgbImage> expected, Map<String, String> undisturbed, int streams, int ended, double seconds)
            throws Exception {
        Map<String, RgbImage> byKind = new HashMap<>();
        undisturbed.forEach((task, kind) -> byKind.put(kind, expected.get(task)));
        Map<String, RgbImage> made = pictures(kinds);
        List<String> different = new ArrayList<>();
        kinds.forEach((task, kind) -> {
            RgbImage picture = made.get(task);
            if (picture == null
                    || !Arrays.equals(picture.rgb(), byKind.get(kind).rgb())) {
                different.add(task + " " + kind);
            }
        });
        int resumed = 0;
        int refused = 0;
        Set<String> samplers = new TreeSet<>();
        for (NodeProcess node : nodes) {
            for (String line : node.lines()) {
                Matcher goesOn = RESUMED.matcher(line);
                if (goesOn.find() && !goesOn.group(2).equals("0")) {
                    resumed++;
                    samplers.add(kinds.getOrDefault(goesOn.group(1), "?").split(" ")[0]);
                }
                refused += REFUSED.matcher(line).find() ? 1 : 0;
            }
        }
        int twice = rows("SELECT task_id FROM chaos_end GROUP BY task_id HAVING count(*) > 1")
                .size();
        int finished = (int) rows("SELECT task_id FROM task WHERE state = 'finished'").stream()
                .filter(kinds::containsKey)
                .count();
        return new ChaosReport(
                plan, finished, twice, different, resumed, samplers, refused, streams, ended, drainMillis, seconds);
    }

    private List<String> rows(String sql) throws Exception {
        List<String> ids = new ArrayList<>();
        for (Row row : await(pool.query(sql).execute())) {
            ids.add(row.getUUID(0).toString().replace("-", ""));
        }
        return ids;
    }

    /** Returns the pictures that the tasks' rows name, as far as a node has them. */
    private Map<String, RgbImage> pictures(Map<String, String> tasks) throws Exception {
        Map<String, RgbImage> pictures = new HashMap<>();
        RowSet<Row> rows = await(pool.query("SELECT task_id, result::text FROM task WHERE state = 'finished'")
                .execute());
        for (Row row : rows) {
            String task = row.getUUID(0).toString().replace("-", "");
            if (!tasks.containsKey(task)) {
                continue;
            }
            String path = new JsonObject(row.getString(1))
                    .getJsonArray("images")
                    .getJsonObject(0)
                    .getString("path");
            for (NodeProcess node : nodes) {
                Path file = node.outputs().resolve(path);
                if (Files.exists(file)) {
                    pictures.put(task, new ImageDecoder().decode(Files.readAllBytes(file)));
                }
            }
        }
        return pictures;
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        followers.shutdownNow();
        nodes.forEach(NodeProcess::close);
        vertx.close()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(1, TimeUnit.MINUTES)
                .join();
        if (database != null) {
            database.close();
        }
    }
}
