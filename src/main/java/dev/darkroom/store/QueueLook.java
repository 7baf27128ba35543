package dev.darkroom.store;

import dev.darkroom.forecast.Forecast;
import dev.darkroom.forecast.WaitingTask;
import dev.darkroom.task.Workload;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;

/**
 * The queue as the database has it.
 *
 * @param ids in their order
 * @param first the tasks of the first {@value Forecast#PLAYED} ids
 */
record QueueLook(List<Long> ids, List<WaitingTask> first) {

    private static final String QUEUE = """
            WITH first AS (
                SELECT id, priority, fair_tag, model, work, crashes FROM task WHERE state = 'pending'
                ORDER BY priority DESC, fair_tag, id LIMIT $1
            )
            SELECT ARRAY(SELECT id FROM task WHERE state = 'pending' ORDER BY priority DESC, fair_tag, id LIMIT 100000),
                   ARRAY(SELECT model FROM first ORDER BY priority DESC, fair_tag, id),
                   ARRAY(SELECT coalesce(work, '') FROM first ORDER BY priority DESC, fair_tag, id),
                   ARRAY(SELECT priority FROM first ORDER BY priority DESC, fair_tag, id),
                   ARRAY(SELECT crashes FROM first ORDER BY priority DESC, fair_tag, id)""";

    QueueLook {
        ids = List.copyOf(ids);
        first = List.copyOf(first);
    }

    /** Reads it. */
    static Future<QueueLook> take(Pool pool) {
        return pool.preparedQuery(QUEUE)
                .execute(Tuple.of((long) Forecast.PLAYED))
                .map(rows -> read(rows.iterator().next()));
    }

    private static QueueLook read(Row row) {
        String[] models = row.getArrayOfStrings(1);
        String[] works = row.getArrayOfStrings(2);
        Integer[] priorities = row.getArrayOfIntegers(3);
        Integer[] crashes = row.getArrayOfIntegers(4);
        List<WaitingTask> first = new ArrayList<>(models.length);
        for (int i = 0; i < models.length; i++) {
            first.add(new WaitingTask(
                    priorities[i], models[i], Workload.parse(works[i]).orElse(null), crashes[i] > 0));
        }
        return new QueueLook(List.of(row.getArrayOfLongs(0)), first);
    }
}
