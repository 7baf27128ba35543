package dev.darkroom.store;

import dev.darkroom.bus.StoreMessage.ClaimWebhooks;
import dev.darkroom.bus.StoreMessage.DueWebhook;
import dev.darkroom.bus.StoreMessage.DueWebhooks;
import dev.darkroom.bus.StoreMessage.SettleWebhook;
import dev.darkroom.bus.TaskRow;
import dev.darkroom.bus.TaskRow.More;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;

/**
 * Webhooks that are to be sent. Their rows were written with the tasks' ends; a node that takes some has them alone
 * until its lease ends. For one event loop.
 */
final class Outbox {

    private static final String CLAIM = """
            WITH ranked AS (
                SELECT task, row_number() OVER (PARTITION BY host ORDER BY due) AS place
                FROM webhook WHERE due <= now() AND host <> ALL ($3)
            ), chosen AS (
                SELECT task FROM webhook
                WHERE due <= now() AND task IN (SELECT task FROM ranked WHERE place <= $2)
                ORDER BY due LIMIT $1 FOR UPDATE SKIP LOCKED
            ), taken AS (
                UPDATE webhook AS w
                SET due = now() + make_interval(secs => $4), attempts = attempts + 1, last_attempt = now()
                FROM chosen WHERE w.task = chosen.task
                RETURNING w.task AS outbox_task, w.url AS outbox_url, w.host AS outbox_host, w.attempts AS outbox_attempts
            )
            SELECT %s, outbox_url, outbox_host, base_url, outbox_attempts
            FROM taken JOIN task ON id = outbox_task ORDER BY id""".formatted(TaskRows.COLUMNS);

    private static final String NEXT = "SELECT ceil(extract(epoch FROM min(due) - now()) * 1000)::bigint FROM webhook"
            + " WHERE due IS NOT NULL AND host <> ALL ($1)";

    private static final String SETTLE = """
            UPDATE webhook
            SET state = CASE WHEN $3 THEN 'delivered' WHEN $4::double precision IS NULL THEN 'failed' ELSE 'pending' END,
                due = CASE WHEN $3 THEN NULL ELSE now() + make_interval(secs => $4) END,
                status = $5, error = $6
            WHERE task = $1 AND attempts = $2 AND due IS NOT NULL""";

    private final Pool pool;

    Outbox(Pool pool) {
        this.pool = pool;
    }

    Future<DueWebhooks> claim(ClaimWebhooks message) {
        String[] busy = message.busyHosts().toArray(String[]::new);
        return pool.preparedQuery(CLAIM)
                .execute(Tuple.of(
                        (long) message.limit(),
                        (long) message.perHost(),
                        busy,
                        message.lease().toMillis() / 1000.0))
                .compose(rows -> {
                    List<DueWebhook> due = new ArrayList<>(rows.size());
                    for (Row row : rows) {
                        int more = TaskRows.COUNT;
                        due.add(new DueWebhook(
                                asItEnded(TaskRows.read(row)),
                                row.getString(more),
                                row.getString(more + 1),
                                row.getString(more + 2) == null ? "" : row.getString(more + 2),
                                row.getInteger(more + 3)));
                    }
                    return pool.preparedQuery(NEXT)
                            .execute(Tuple.of(busy))
                            .map(next ->
                                    new DueWebhooks(due, millis(next.iterator().next())));
                });
    }

    /** What is told is the task, not how the telling goes. */
    private static TaskRow asItEnded(TaskRow row) {
        return row.with(-1, new More(row.more().webhookUrl(), null, null, null));
    }

    private static long millis(Row row) {
        Long millis = row.getLong(0);
        return millis == null ? -1 : Math.max(0, millis);
    }

    Future<Boolean> settle(SettleWebhook message) {
        return pool.preparedQuery(SETTLE)
                .execute(Tuple.of(
                        message.id(),
                        message.attempt(),
                        message.delivered(),
                        message.retryIn() == null ? null : message.retryIn().toMillis() / 1000.0,
                        message.status(),
                        message.error()))
                .map(rows -> rows.rowCount() == 1);
    }
}
