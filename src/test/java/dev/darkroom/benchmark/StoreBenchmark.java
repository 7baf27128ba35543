package dev.darkroom.benchmark;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.ClaimedTask;
import dev.darkroom.bus.MessageCodecs;
import dev.darkroom.bus.NewTask;
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
import io.vertx.sqlclient.Pool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/**
 * Prints what the task store does per second over the event bus, on the embedded database as it ships: durable. Then it
 * fills a history of ended tasks, and prints how long its first page of ten takes, its page number 50,000, and a walk
 * over all of it in a heap that is printed too; then the rates again, beside all that history.
 *
 * <pre>mvn -q test-compile exec:java -Dexec.classpathScope=test \
 *     -Dmain.class=dev.darkroom.benchmark.StoreBenchmark</pre>
 */
public final class StoreBenchmark {

    private static final int IN_FLIGHT = 64;
    /** As a client's history, which is of one owner and of ended tasks. */
    private static final StoreMessage.Filter HISTORY = new StoreMessage.Filter(
            "",
            List.of(TaskState.FINISHED, TaskState.STOPPED, TaskState.FAILED, TaskState.TIMED_OUT),
            null,
            null,
            null,
            null);

    private final Vertx vertx = Vertx.vertx();
    /** Of the first time that each thing was measured. */
    private final Map<String, Double> rates = new HashMap<>();

    private StoreBenchmark() {}

    /** @param arguments how many tasks the history is to have, a million by default; 0 leaves that part out, and
     * {@code history} as a second one leaves the other part out */
    public static void main(String[] arguments) throws Exception {
        int history = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 1_000_000;
        Path folder = Files.createTempDirectory("darkroom-benchmark");
        StoreBenchmark benchmark = new StoreBenchmark();
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(folder.resolve("postgres"), 0, System.out::println)) {
            benchmark.deploy(postgres);
            if (arguments.length < 2) {
                benchmark.rates();
            }
            if (history > 0) {
                benchmark.history(postgres, history);
                if (arguments.length < 2) {
                    System.out.println("the same with that history, and as a share of the rates without one");
                    benchmark.rates();
                }
            }
            Awaited.get(benchmark.vertx.close());
        }
        System.out.println("The data stay in " + folder);
    }

    private void deploy(EmbeddedPostgres postgres) throws Exception {
        MessageCodecs.register(vertx);
        DatabaseConfig config = new DatabaseConfig("", Path.of("unused"), 0, 8, 10_000_000);
        Awaited.get(vertx.deployVerticle(new TaskVerticle(config, postgres.connectOptions(), true)));
    }

    private void rates() throws Exception {
        String small = "{\"prompt\":\"a cat\",\"image_number\":1}";
        StringBuilder large = new StringBuilder("{\"prompt\":\"a cat\"");
        for (int i = 0; large.length() < 4000; i++) {
            large.append(",\"field_%d\":\"%s\"".formatted(i, Long.toHexString(i * 0x9E3779B97F4A7C15L)));
        }
        List<TaskId> ids = new ArrayList<>();
        measure("submissions, two fields (warm-up)", 10_000, i -> submit(small, ids));
        measure("submissions, two fields", 30_000, i -> submit(small, ids));
        measure("submissions, 4 kB", 20_000, i -> submit(large + "}", ids));
        measure("finds of waiting tasks (warm-up)", 50_000, i -> ask(find(ids.get(i % ids.size()))));
        measure("finds of waiting tasks", 100_000, i -> ask(find(ids.get(i % ids.size()))));
        measure("claim + complete", 10_000, i -> claimAndComplete());
    }

    private void history(EmbeddedPostgres postgres, int history) throws Exception {
        fill(postgres, history);
        int deep = Math.min(50_000, history / 10 - 1);
        for (int round = 1; round <= 3; round++) {
            pages(deep);
        }
        stream();
    }

    private Future<?> submit(String request, List<TaskId> ids) {
        TaskId id = TaskId.random();
        ids.add(id);
        return ask(new StoreMessage.Submit(new NewTask(id, "text-to-image", "", 0, "m", "a cat", request, 1, null)));
    }

    private static StoreMessage find(TaskId id) {
        return new StoreMessage.Find(id, null);
    }

    private Future<?> claimAndComplete() {
        return this.<StoreMessage.Claimed>ask(
                        new StoreMessage.Claim(new UUID(1, 1), List.of("m"), 1, Duration.ofSeconds(30)))
                .compose(claimed -> {
                    ClaimedTask task = claimed.tasks().get(0);
                    return ask(new StoreMessage.Complete(
                            task.taskId(), task.attempt(), TaskState.FINISHED, TaskResult.EMPTY, null));
                });
    }

    private <T> Future<T> ask(StoreMessage message) {
        return vertx.eventBus().<T>request(Addresses.STORE, message).map(reply -> reply.body());
    }

    private void measure(String what, int count, IntFunction<Future<?>> work) throws Exception {
        Promise<Void> done = Promise.promise();
        AtomicInteger next = new AtomicInteger();
        AtomicInteger left = new AtomicInteger(count);
        long begin = System.nanoTime();
        vertx.getOrCreateContext().runOnContext(now -> {
            for (int i = 0; i < IN_FLIGHT; i++) {
                again(next, left, count, work, done);
            }
        });
        Awaited.get(done.future());
        double rate = count / ((System.nanoTime() - begin) / 1e9);
        Double before = rates.putIfAbsent(what, rate);
        System.out.printf("%-40s %,9.0f/s%s%n", what, rate, before == null ? "" : "  %.2f".formatted(rate / before));
    }

    private static void again(
            AtomicInteger next, AtomicInteger left, int count, IntFunction<Future<?>> work, Promise<Void> done) {
        int mine = next.getAndIncrement();
        if (mine >= count) {
            return;
        }
        work.apply(mine).onFailure(done::tryFail).onSuccess(answer -> {
            if (left.decrementAndGet() == 0) {
                done.tryComplete();
            }
            again(next, left, count, work, done);
        });
    }

    private void fill(EmbeddedPostgres postgres, int history) throws Exception {
        Pool pool = PgBuilder.pool()
                .connectingTo(postgres.connectOptions())
                .using(vertx)
                .build();
        for (int done = 0; done < history; done += 50_000) {
            Awaited.get(
                    pool.query("""
                            INSERT INTO task (task_id, kind, owner, state, model, prompt, request, images, result,
                                              submitted, finished)
                            SELECT gen_random_uuid(), 'text-to-image', '', 'finished', 'm', 'a cat',
                                   json_build_object('prompt', repeat(md5(n::text), 12)), 1,
                                   '{"images":[],"notes":[]}', now() - interval '1 h', now()
                            FROM generate_series(1, %d) AS n""".formatted(Math.min(50_000, history - done))).execute());
        }
        Awaited.get(pool.query("VACUUM ANALYZE task").execute());
        Awaited.get(vertx.timer(5, java.util.concurrent.TimeUnit.SECONDS));
        System.out.printf("history of %,d tasks%n", history);
    }

    /** The two take turns, so that what else runs on the machine meets both. */
    private void pages(int deep) throws Exception {
        double[] first = new double[200];
        double[] far = new double[first.length];
        for (int i = 0; i < first.length; i++) {
            first[i] = page(0);
            far[i] = page(deep * 10L);
        }
        Arrays.sort(first);
        Arrays.sort(far);
        int middle = first.length / 2;
        System.out.printf(
                "%-40s %9.2f and %.2f ms median, ratio %.2f%n",
                "page 0 and page %,d".formatted(deep), first[middle], far[middle], far[middle] / first[middle]);
    }

    private double page(long offset) throws Exception {
        long begin = System.nanoTime();
        Awaited.get(ask(new StoreMessage.Search(HISTORY, new StoreMessage.Page(null, offset, 10, true))));
        return (System.nanoTime() - begin) / 1e6;
    }

    private void stream() throws Exception {
        long begin = System.nanoTime();
        long rows = 0;
        long heap = 0;
        Long after = null;
        for (boolean more = true; more; ) {
            StoreMessage.Rows page =
                    Awaited.get(ask(new StoreMessage.Search(HISTORY, new StoreMessage.Page(after, 0, 1000, false))));
            more = !page.rows().isEmpty();
            rows += page.rows().size();
            after = more ? page.rows().get(page.rows().size() - 1).id() : after;
            heap = Math.max(
                    heap,
                    Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory());
        }
        System.out.printf(
                "%-40s %,9.0f rows/s, %,d rows, at most %d MB of heap used%n",
                "the whole history by its cursor", rows / ((System.nanoTime() - begin) / 1e9), rows, heap >> 20);
    }
}
