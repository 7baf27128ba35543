package dev.darkroom.store;

import dev.darkroom.bus.BusFailure;
import dev.darkroom.bus.StoreMessage.Accepted;
import dev.darkroom.bus.StoreMessage.NewTask;
import dev.darkroom.bus.StoreMessage.Terms;
import dev.darkroom.task.TaskId;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Takes tasks in: those that arrive while a commit is under way share the next one. For one event loop. */
final class Submissions {

    private static final String INSERT = """
            WITH new AS (
                SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[], $8::int[],
                        $9::text[], $10::bigint[], $11::double precision[], $12::text[], $13::text[], $14::text[],
                        $15::text[], $16::double precision[], $17::text[])
                 WITH ORDINALITY
                 AS new (task_id, kind, owner, priority, model, prompt, request, images, idempotency_key,
                         time_limit, wait, webhook_url, base_url, request_digest, work, cost, traceparent, place)
            ), begun AS (
                SELECT owner, priority, greatest(
                    (SELECT max(fair_tag) FROM task AS t WHERE t.state = 'running' AND t.priority <= asked.priority),
                    (SELECT max(fair_tag) FROM task AS t
                     WHERE t.state = 'pending' AND t.fair_tag > 0 AND t.owner = asked.owner),
                    0) AS tag
                FROM (SELECT DISTINCT owner, priority FROM new WHERE cost IS NOT NULL) AS asked
            )
            INSERT INTO task (task_id, kind, owner, priority, model, prompt, request, images, idempotency_key,
                              time_limit, expires, webhook_url, base_url, request_digest, work, traceparent, fair_tag)
            SELECT task_id, kind, owner, priority, model, prompt, request::json, images, idempotency_key,
                   time_limit, now() + make_interval(secs => wait), webhook_url, base_url, request_digest, work, traceparent,
                   coalesce(begun.tag + sum(cost) OVER (PARTITION BY owner ORDER BY place), 0)
            FROM new LEFT JOIN begun USING (owner, priority)
            ORDER BY place
            ON CONFLICT DO NOTHING
            RETURNING id, task_id, request_digest""";

    /** Those that conflicted: kept before under the same id or the same key. */
    private static final String EARLIER = """
            SELECT id, task_id, request_digest, owner, idempotency_key FROM task WHERE task_id = ANY ($1)
            UNION ALL
            SELECT t.id, t.task_id, t.request_digest, t.owner, t.idempotency_key
            FROM unnest($2::text[], $3::text[]) AS wanted (owner, key)
                 JOIN task t ON t.owner = wanted.owner AND t.idempotency_key = wanted.key""";

    private static final int MOST_TASKS = 512;
    private static final long MOST_BYTES = 4 << 20;

    private final Pool pool;
    private final QueueGauge gauge;
    private final QueueTurns turns;
    private final QueuePositions positions;
    private final FairTags tags;
    private final Coalescer<NewTask, Answer> coalescer;

    private record Key(String owner, String key) {}

    private record Kept(Accepted accepted, @Nullable String digest) {}

    private record Answer(
            @Nullable Accepted accepted, @Nullable StoreFailure refusal) {}

    Submissions(Pool pool, QueueGauge gauge, QueueTurns turns, QueuePositions positions, FairTags tags) {
        this.pool = pool;
        this.gauge = gauge;
        this.turns = turns;
        this.positions = positions;
        this.tags = tags;
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
        return gauge.room(tasks.size() + turns.open()).compose(room -> {
            List<NewTask> admitted = new ArrayList<>();
            List<NewTask> refused = new ArrayList<>();
            tasks.forEach(task -> (turns.admits(task, room - admitted.size()) ? admitted : refused).add(task));
            Future<List<Answer>> answers = admitted.isEmpty() ? Future.succeededFuture(List.of()) : insert(admitted);
            if (refused.isEmpty()) {
                return answers;
            }
            return answers.compose(
                    accepted -> refuseUnlessKept(refused).map(told -> inOrder(tasks, refused, accepted, told)));
        });
    }

    private static List<Answer> inOrder(
            List<NewTask> tasks, List<NewTask> refused, List<Answer> accepted, List<Answer> told) {
        Iterator<Answer> accepts = accepted.iterator();
        Iterator<Answer> refusals = told.iterator();
        Iterator<NewTask> nextRefused = refused.iterator();
        NewTask next = nextRefused.next();
        List<Answer> all = new ArrayList<>(tasks.size());
        for (NewTask task : tasks) {
            if (task == next) {
                all.add(refusals.next());
                next = nextRefused.hasNext() ? nextRefused.next() : null;
            } else {
                all.add(accepts.next());
            }
        }
        return all;
    }

    /** A submission that came again has its task already, whether or not there is room for another. */
    private Future<List<Answer>> refuseUnlessKept(List<NewTask> tasks) {
        if (tasks.stream().allMatch(task -> task.idempotencyKey() == null)) {
            return refuse(tasks);
        }
        return earlier(tasks).compose(rows -> {
            Map<Key, Kept> byKey = byKey(rows);
            List<NewTask> unknown = tasks.stream()
                    .filter(task -> !byKey.containsKey(keyOf(task)))
                    .toList();
            List<NewTask> known = tasks.stream()
                    .filter(task -> byKey.containsKey(keyOf(task)))
                    .toList();
            List<Answer> kept = answers(known, Map.of(), byKey);
            return unknown.isEmpty()
                    ? Future.succeededFuture(kept)
                    : refuse(unknown).map(told -> inOrder(tasks, unknown, kept, told));
        });
    }

    private static Key keyOf(NewTask task) {
        return new Key(task.owner(), String.valueOf(task.idempotencyKey()));
    }

    /** Gives each its turn: when as many tasks have begun as others were refused before. */
    private Future<List<Answer>> refuse(List<NewTask> tasks) {
        return positions.now().otherwise(QueueView.EMPTY).map(queue -> {
            long now = positions.nanoTime();
            QueueTurns.Outlook outlook = places -> queue.millisUntilBegin(places - 1, now);
            return tasks.stream()
                    .map(task ->
                            new Answer(null, StoreFailure.queueFull(gauge.capacity(), turns.refuse(task, outlook))))
                    .toList();
        });
    }

    private Future<List<Answer>> insert(List<NewTask> tasks) {
        return pool.preparedQuery(INSERT).execute(parameters(tasks)).compose(rows -> {
            Map<UUID, Kept> kept = new HashMap<>();
            rows.forEach(row -> kept.put(row.getUUID(1), kept(row)));
            gauge.added(kept.size());
            positions.changed();
            List<NewTask> conflicting = tasks.stream()
                    .filter(task -> !kept.containsKey(task.taskId().uuid()))
                    .toList();
            return conflicting.isEmpty() && distinctIds(tasks)
                    ? Future.succeededFuture(answers(tasks, kept, Map.of()))
                    : earlier(conflicting).map(earlier -> answers(tasks, addById(kept, earlier), byKey(earlier)));
        });
    }

    private static boolean distinctIds(List<NewTask> tasks) {
        Set<TaskId> ids = new HashSet<>();
        return tasks.stream().allMatch(task -> ids.add(task.taskId()));
    }

    private Tuple parameters(List<NewTask> tasks) {
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
                tasks.stream().map(NewTask::idempotencyKey).toArray(String[]::new),
                column(
                                tasks,
                                terms -> terms.timeout() == null
                                        ? null
                                        : terms.timeout().toMillis())
                        .toArray(Long[]::new),
                column(
                                tasks,
                                terms -> terms.queueTimeout() == null
                                        ? null
                                        : terms.queueTimeout().toMillis() / 1000.0)
                        .toArray(Double[]::new),
                column(tasks, Terms::webhookUrl).toArray(String[]::new),
                column(tasks, terms -> terms.webhookUrl() == null ? null : terms.baseUrl())
                        .toArray(String[]::new),
                column(tasks, Terms::digest).toArray(String[]::new),
                column(
                                tasks,
                                terms -> terms.work() == null
                                        ? null
                                        : terms.work().text())
                        .toArray(String[]::new),
                tasks.stream().map(tags::cost).toArray(Double[]::new),
                column(tasks, Terms::traceParent).toArray(String[]::new)));
    }

    private static <T> Stream<@Nullable T> column(List<NewTask> tasks, Function<Terms, @Nullable T> field) {
        return tasks.stream().map(task -> field.apply(task.terms()));
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

    private static Map<UUID, Kept> addById(Map<UUID, Kept> kept, RowSet<Row> earlier) {
        earlier.forEach(row -> kept.putIfAbsent(row.getUUID(1), kept(row)));
        return kept;
    }

    private static Map<Key, Kept> byKey(RowSet<Row> earlier) {
        Map<Key, Kept> byKey = new HashMap<>();
        earlier.forEach(row -> {
            if (row.getString(4) != null) {
                byKey.put(new Key(row.getString(3), row.getString(4)), kept(row));
            }
        });
        return byKey;
    }

    private static Kept kept(Row row) {
        return new Kept(new Accepted(row.getLong(0), TaskId.of(row.getUUID(1))), row.getString(2));
    }

    private static List<Answer> answers(List<NewTask> tasks, Map<UUID, Kept> byId, Map<Key, Kept> byKey) {
        return tasks.stream()
                .map(task -> {
                    Kept kept = byId.get(task.taskId().uuid());
                    String key = task.idempotencyKey();
                    if (kept == null && key != null) {
                        kept = byKey.get(new Key(task.owner(), key));
                    }
                    return answer(task, kept);
                })
                .toList();
    }

    private static Answer answer(NewTask task, @Nullable Kept kept) {
        if (kept == null) {
            return refusal(BusFailure.STORE_UNAVAILABLE, "The task's predecessor was deleted just now; try again.");
        }
        String digest = task.terms().digest();
        return digest == null || kept.digest() == null || digest.equals(kept.digest())
                ? new Answer(kept.accepted(), null)
                : refusal(BusFailure.KEY_REUSED, "The idempotency key was used before with another request.");
    }

    private static Answer refusal(BusFailure kind, String sentence) {
        return new Answer(null, new StoreFailure(kind, sentence, null));
    }
}
