package dev.darkroom.store;

import dev.darkroom.forecast.Forecast;
import dev.darkroom.forecast.WaitingTask;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.Workload;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The queue as the database has it.
 *
 * @param ids in their order
 * @param first the tasks of the first {@value Forecast#PLAYED} ids
 * @param claimed tasks that a device has taken so lately that it may not have said so
 */
record QueueLook(List<Long> ids, List<WaitingTask> first, Map<TaskId, WaitingTask> claimed) {

    private static final String QUEUE = """
            WITH first AS (
                SELECT id, priority, fair_tag, model, work, crashes FROM task WHERE state = 'pending'
                ORDER BY priority DESC, fair_tag, id LIMIT $1
            ), claimed AS (
                SELECT id, task_id, priority, model, work, crashes FROM task
                WHERE state = 'running' AND started > now() - interval '2 seconds' ORDER BY id LIMIT $1
            )
            SELECT ARRAY(SELECT id FROM task WHERE state = 'pending' ORDER BY priority DESC, fair_tag, id LIMIT 100000),
                   ARRAY(SELECT model FROM first ORDER BY priority DESC, fair_tag, id),
                   ARRAY(SELECT coalesce(work, '') FROM first ORDER BY priority DESC, fair_tag, id),
                   ARRAY(SELECT priority FROM first ORDER BY priority DESC, fair_tag, id),
                   ARRAY(SELECT crashes FROM first ORDER BY priority DESC, fair_tag, id),
                   ARRAY(SELECT task_id FROM claimed ORDER BY id),
                   ARRAY(SELECT model FROM claimed ORDER BY id),
                   ARRAY(SELECT coalesce(work, '') FROM claimed ORDER BY id),
                   ARRAY(SELECT priority FROM claimed ORDER BY id),
                   ARRAY(SELECT crashes FROM claimed ORDER BY id)""";

    QueueLook {
        ids = List.copyOf(ids);
        first = List.copyOf(first);
        claimed = Collections.unmodifiableMap(new LinkedHashMap<>(claimed));
    }

    /** Reads it. */
    static Future<QueueLook> take(Pool pool) {
        return pool.preparedQuery(QUEUE)
                .execute(Tuple.of((long) Forecast.PLAYED))
                .map(rows -> read(rows.iterator().next()));
    }

    private static QueueLook read(Row row) {
        List<WaitingTask> running = tasks(row, 6);
        UUID[] ids = row.getArrayOfUUIDs(5);
        Map<TaskId, WaitingTask> claimed = new LinkedHashMap<>();
        for (int i = 0; i < ids.length; i++) {
            claimed.put(TaskId.of(ids[i]), running.get(i));
        }
        return new QueueLook(List.of(row.getArrayOfLongs(0)), tasks(row, 1), claimed);
    }

    private static List<WaitingTask> tasks(Row row, int column) {
        String[] models = row.getArrayOfStrings(column);
        String[] works = row.getArrayOfStrings(column + 1);
        Integer[] priorities = row.getArrayOfIntegers(column + 2);
        Integer[] crashes = row.getArrayOfIntegers(column + 3);
        List<WaitingTask> tasks = new ArrayList<>(models.length);
        for (int i = 0; i < models.length; i++) {
            tasks.add(new WaitingTask(
                    priorities[i], models[i], Workload.parse(works[i]).orElse(null), crashes[i] > 0));
        }
        return tasks;
    }
}
