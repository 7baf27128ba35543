package dev.darkroom.benchmark;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.MessageCodecs;
import dev.darkroom.bus.StoreMessage;
import dev.darkroom.store.Awaited;
import dev.darkroom.store.DatabaseConfig;
import dev.darkroom.store.EmbeddedPostgres;
import dev.darkroom.store.TaskVerticle;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/**
 * Prints how fast tasks are submitted, claimed, completed and read beside no ended tasks, ten thousand and a million: three
 * databases of one server take turns, so that what else runs on the machine meets all of them.
 *
 * <pre>mvn -q test-compile exec:java -Dexec.classpathScope=test \
 *     -Dmain.class=dev.darkroom.benchmark.HistoryBenchmark</pre>
 */
public final class HistoryBenchmark {

    private static final int[] ENDED = {0, 10_000, 1_000_000};
    private static final int WARM_UPS = 3;
    private static final int ROUNDS = 15;
    private static final int TASKS = 1_024;
    private static final int BATCH = 16;
    private static final int PAGES = 200;
    private static final int IN_FLIGHT = 32;
    private static final String REQUEST = "{\"prompt\":\"" + "a cat and a dog ".repeat(60) + "\"}";
    private static final StoreMessage.Filter MINE = new StoreMessage.Filter(
            "",
            List.of(TaskState.FINISHED, TaskState.STOPPED, TaskState.FAILED, TaskState.TIMED_OUT),
            null,
            null,
            null,
            null);

    /** A node over a database of its own. */
    private static final class Stage {
        private final Vertx vertx = Vertx.vertx();
        private final Pool pool;
        private final Map<String, List<Double>> rates = new LinkedHashMap<>();
        private final int ended;

        Stage(PgConnectOptions database, int ended) throws Exception {
            this.ended = ended;
            pool = PgBuilder.pool()
                    .with(new PoolOptions().setMaxSize(1))
                    .connectingTo(database)
                    .using(vertx)
                    .build();
            MessageCodecs.register(vertx);
            DatabaseConfig config = new DatabaseConfig("", Path.of("unused"), 0, 8, 10_000_000);
            Awaited.get(vertx.deployVerticle(new TaskVerticle(config, database, false)));
            for (int done = 0; done < ended; done += 50_000) {
                sql("""
                        INSERT INTO task (task_id, kind, owner, state, model, prompt, request, images, result, attempt,
                                          submitted, started, finished)
                        SELECT gen_random_uuid(), 'text-to-image', '', 'finished', 'm', 'a cat and a dog',
                               json_build_object('prompt', repeat(md5(n::text), 30)), 1,
                               '{"images":[{"index":0,"path":"2026-11-21/a.png","seed":1,"width":8,"height":8}],"notes":[]}',
                               1, now() - interval '1 h', now(), now()
                        FROM generate_series(1, %d) AS n""".formatted(Math.min(50_000, ended - done)));
            }
            sql("VACUUM ANALYZE task");
        }

        void sql(String sql) throws Exception {
            Awaited.get(pool.query(sql).execute());
        }

        <T> Future<T> ask(StoreMessage message) {
            return vertx.eventBus().<T>request(Addresses.STORE, message).map(reply -> reply.body());
        }

        void round() throws Exception {
            measure("submissions", TASKS, 1, i -> ask(submission()));
            List<StoreMessage.ClaimedTask> claimed = new ArrayList<>();
            measure(
                    "claims of 16, in tasks",
                    TASKS / BATCH,
                    BATCH,
                    i -> this.<StoreMessage.Claimed>ask(
                                    new StoreMessage.Claim(new UUID(1, 1), List.of("m"), BATCH, Duration.ofMinutes(5)))
                            .onSuccess(claim -> claimed.addAll(claim.tasks())));
            measure(
                    "completions",
                    claimed.size(),
                    1,
                    i -> ask(new StoreMessage.Complete(
                            claimed.get(i).taskId(),
                            claimed.get(i).attempt(),
                            TaskState.FINISHED,
                            TaskResult.EMPTY,
                            null)));
            measure(
                    "first pages of an owner's history",
                    PAGES,
                    1,
                    i -> ask(new StoreMessage.Search(MINE, new StoreMessage.Page(null, 0, 10, true))));
            measure(
                    "records by their id",
                    TASKS,
                    1,
                    i -> ask(new StoreMessage.Find(
                            claimed.get(i % claimed.size()).taskId(), null)));
            if (ended == 0) {
                sql("TRUNCATE task CASCADE");
            }
        }

        private static StoreMessage submission() {
            return new StoreMessage.Submit(new StoreMessage.NewTask(
                    TaskId.random(), "text-to-image", "", 0, "m", "a cat and a dog", REQUEST, 1, null));
        }

        private void measure(String what, int count, int weight, IntFunction<Future<?>> work) throws Exception {
            Promise<Void> done = Promise.promise();
            AtomicInteger next = new AtomicInteger();
            AtomicInteger left = new AtomicInteger(count);
            long begin = System.nanoTime();
            vertx.getOrCreateContext().runOnContext(now -> {
                for (int i = 0; i < Math.min(count, weight > 1 ? 2 : IN_FLIGHT); i++) {
                    again(next, left, count, work, done);
                }
            });
            Awaited.get(done.future());
            double rate = weight * count / ((System.nanoTime() - begin) / 1e9);
            rates.computeIfAbsent(what, name -> new ArrayList<>()).add(rate);
        }

        private static void again(
                AtomicInteger next, AtomicInteger left, int count, IntFunction<Future<?>> work, Promise<Void> done) {
            int mine = next.getAndIncrement();
            if (mine < count) {
                work.apply(mine).onFailure(done::tryFail).onSuccess(answer -> {
                    if (left.decrementAndGet() == 0) {
                        done.tryComplete();
                    }
                    again(next, left, count, work, done);
                });
            }
        }

        double median(String what) {
            List<Double> sorted = rates.get(what).stream().sorted().toList();
            return sorted.get(sorted.size() / 2);
        }
    }

    private HistoryBenchmark() {}

    /** @param arguments none */
    public static void main(String[] arguments) throws Exception {
        Path folder = Files.createTempDirectory("darkroom-benchmark");
        Vertx vertx = Vertx.vertx();
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(folder.resolve("postgres"), 0, System.out::println)) {
            Pool pool = PgBuilder.pool()
                    .connectingTo(postgres.connectOptions())
                    .using(vertx)
                    .build();
            List<Stage> stages = new ArrayList<>();
            for (int ended : ENDED) {
                Awaited.get(pool.query("CREATE DATABASE ended_" + ended).execute());
                stages.add(new Stage(
                        new PgConnectOptions(postgres.connectOptions()).setDatabase("ended_" + ended), ended));
                System.out.printf("a database with %,d ended tasks%n", ended);
            }
            for (int round = 0; round < WARM_UPS + ROUNDS; round++) {
                if (round == WARM_UPS) {
                    stages.forEach(stage -> stage.rates.clear());
                }
                for (int i = 0; i < stages.size(); i++) {
                    // each comes first as often as the others
                    stages.get((i + round) % stages.size()).round();
                }
            }
            report(stages);
            for (Stage stage : stages) {
                Awaited.get(stage.vertx.close());
            }
        } finally {
            Awaited.get(vertx.close());
        }
        System.out.println("The data stay in " + folder);
    }

    private static void report(List<Stage> stages) {
        System.out.printf("%-36s %11s %20s %24s%n", "a second, medians of " + ROUNDS, "none", "10,000", "1,000,000");
        for (String what : stages.get(0).rates.keySet()) {
            double none = stages.get(0).median(what);
            System.out.printf(
                    "%-36s %,11.0f %,12.0f (%.2f) %,16.0f (%.2f)%n",
                    what,
                    none,
                    stages.get(1).median(what),
                    stages.get(1).median(what) / none,
                    stages.get(2).median(what),
                    stages.get(2).median(what) / none);
        }
    }
}
