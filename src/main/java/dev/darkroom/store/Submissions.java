package dev.darkroom.store;

import dev.darkroom.bus.BusFailure;
import dev.darkroom.bus.StoreMessage.Accepted;
import dev.darkroom.bus.StoreMessage.NewTask;
import dev.darkroom.task.TaskId;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Takes tasks in: those that arrive while a commit is under way share the next one. For one event loop. */
final class Submissions {

    private static final String INSERT = """
            INSERT INTO task (task_id, kind, owner, priority, model, prompt, request, images, idempotency_key)
            SELECT task_id, kind, owner, priority, model, prompt, request::json, images, idempotency_key
            FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[], $8::int[],
                        $9::text[])
                 WITH ORDINALITY
                 AS new (task_id, kind, owner, priority, model, prompt, request, images, idempotency_key, place)
            ORDER BY place
            ON CONFLICT DO NOTHING
            RETURNING id, task_id""";

    /** Those that conflicted: kept before under the same id or the same key. */
    private static final String EARLIER = """
            SELECT id, task_id, owner, idempotency_key FROM task WHERE task_id = ANY ($1)
            UNION ALL
            SELECT t.id, t.task_id, t.owner, t.idempotency_key
            FROM unnest($2::text[], $3::text[]) AS wanted (owner, key)
                 JOIN task t ON t.owner = wanted.owner AND t.idempotency_key = wanted.key""";

    private static final int MOST_TASKS = 512;
    private static final long MOST_BYTES = 4 << 20;

    private final Pool pool;
    private final QueueGauge gauge;
    private final QueuePositions positions;
    private final Coalescer<NewTask, Answer> coalescer;

    private record Key(String owner, String key) {}

    private record Answer(
            @Nullable Accepted accepted, @Nullable StoreFailure refusal) {}

    Submissions(Pool pool, QueueGauge gauge, QueuePositions positions) {
        this.pool = pool;
        this.gauge = gauge;
        this.positions = positions;
        this.coalescer = new Coalescer<>(
                this::submit, Submissions::bytes, 1, MOST_TASKS, MOST_BYTES, TaskDatabase.PATIENCE_MILLISECONDS);
    }

    private static long bytes(NewTask task) {
        return 200L + task.requestJson().length() + task.prompt().length();
    }

    /** Keeps a task; completes once it is durable. */
    Future<Accepted> submit(NewTask task) {
        return coalescer
                .ask(task)
                .compose(answer -> answer.refusal() == null
                        ? Future.succeededFuture(answer.accepted())
                        : Future.failedFuture(answer.refusal()));
    }

    private Future<List<Answer>> submit(List<NewTask> tasks) {
        return gauge.room(tasks.size()).compose(room -> {
            List<NewTask> admitted = tasks.subList(0, room);
            Future<List<Answer>> answers = admitted.isEmpty() ? Future.succeededFuture(List.of()) : insert(admitted);
            return answers.map(accepted -> {
                List<Answer> all = new ArrayList<>(accepted);
                for (int i = room; i < tasks.size(); i++) {
                    all.add(new Answer(
                            null,
                            new StoreFailure(
                                    BusFailure.QUEUE_FULL,
                                    "The queue is full: %d tasks wait.".formatted(gauge.capacity()),
                                    null)));
                }
                return all;
            });
        });
    }

    private Future<List<Answer>> insert(List<NewTask> tasks) {
        return pool.preparedQuery(INSERT).execute(parameters(tasks)).compose(rows -> {
            Map<UUID, Accepted> accepted = new HashMap<>();
            rows.forEach(row -> accepted.put(row.getUUID(1), accepted(row)));
            gauge.added(accepted.size());
            positions.changed();
            List<NewTask> conflicting = tasks.stream()
                    .filter(task -> !accepted.containsKey(task.taskId().uuid()))
                    .toList();
            return conflicting.isEmpty() && distinctIds(tasks)
                    ? Future.succeededFuture(answers(tasks, accepted, Map.of()))
                    : earlier(conflicting).map(earlier -> answers(tasks, addById(accepted, earlier), byKey(earlier)));
        });
    }

    private static boolean distinctIds(List<NewTask> tasks) {
        Set<TaskId> ids = new HashSet<>();
        return tasks.stream().allMatch(task -> ids.add(task.taskId()));
    }

    private static Tuple parameters(List<NewTask> tasks) {
        return Tuple.from(List.of(
                tasks.stream().map(task -> task.taskId().uuid()).toArray(UUID[]::new),
                tasks.stream().map(NewTask::kind).toArray(String[]::new),
                tasks.stream().map(NewTask::owner).toArray(String[]::new),
                tasks.stream().map(NewTask::priority).toArray(Integer[]::new),
                tasks.stream().map(NewTask::model).toArray(String[]::new),
                // the one character that PostgreSQL's text cannot hold
                tasks.stream().map(task -> task.prompt().replace("\0", "")).toArray(String[]::new),
                tasks.stream().map(NewTask::requestJson).toArray(String[]::new),
                tasks.stream().map(NewTask::images).toArray(Integer[]::new),
                tasks.stream().map(NewTask::idempotencyKey).toArray(String[]::new)));
    }

    private Future<RowSet<Row>> earlier(List<NewTask> tasks) {
        List<NewTask> keyed =
                tasks.stream().filter(task -> task.idempotencyKey() != null).toList();
        return pool.preparedQuery(EARLIER)
                .execute(Tuple.of(
                        tasks.stream().map(task -> task.taskId().uuid()).toArray(UUID[]::new),
                        keyed.stream().map(NewTask::owner).toArray(String[]::new),
                        keyed.stream().map(NewTask::idempotencyKey).toArray(String[]::new)));
    }

    private static Map<UUID, Accepted> addById(Map<UUID, Accepted> accepted, RowSet<Row> earlier) {
        earlier.forEach(row -> accepted.putIfAbsent(row.getUUID(1), accepted(row)));
        return accepted;
    }

    private static Map<Key, Accepted> byKey(RowSet<Row> earlier) {
        Map<Key, Accepted> byKey = new HashMap<>();
        earlier.forEach(row -> {
            if (row.getString(3) != null) {
                byKey.put(new Key(row.getString(2), row.getString(3)), accepted(row));
            }
        });
        return byKey;
    }

    private static Accepted accepted(Row row) {
        return new Accepted(row.getLong(0), TaskId.of(row.getUUID(1)));
    }

    private static List<Answer> answers(List<NewTask> tasks, Map<UUID, Accepted> byId, Map<Key, Accepted> byKey) {
        return tasks.stream()
                .map(task -> {
                    Accepted kept = byId.get(task.taskId().uuid());
                    String key = task.idempotencyKey();
                    if (kept == null && key != null) {
                        kept = byKey.get(new Key(task.owner(), key));
                    }
                    return kept != null
                            ? new Answer(kept, null)
                            : new Answer(
                                    null,
                                    new StoreFailure(
                                            BusFailure.STORE_UNAVAILABLE,
                                            "The task's predecessor was deleted just now; try again.",
                                            null));
                })
                .toList();
    }
}
