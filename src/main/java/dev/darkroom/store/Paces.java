package dev.darkroom.store;

import dev.darkroom.bus.StoreMessage;
import dev.darkroom.task.PaceBook;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;

/** Keeps how fast models were over restarts. For one event loop. */
final class Paces {

    private static final String LIST =
            "SELECT model, pixels, sampler, guided, step_millis, image_millis, images FROM pace";

    private static final String KEEP = """
            INSERT INTO pace (model, pixels, sampler, guided, step_millis, image_millis, images)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (model, pixels, sampler, guided) DO UPDATE
            SET step_millis = excluded.step_millis, image_millis = excluded.image_millis, images = excluded.images,
                measured = now()""";

    private final Pool pool;
    private final PaceBook book;

    Paces(Pool pool, PaceBook book) {
        this.pool = pool;
        this.book = book;
    }

    /** Reads what was kept. */
    Future<StoreMessage.Paces> list() {
        return pool.preparedQuery(LIST).execute().map(rows -> {
            List<PaceBook.Pace> paces = read(rows);
            book.put(paces);
            return new StoreMessage.Paces(paces);
        });
    }

    private static List<PaceBook.Pace> read(RowSet<Row> rows) {
        List<PaceBook.Pace> paces = new ArrayList<>(rows.size());
        for (Row row : rows) {
            paces.add(new PaceBook.Pace(
                    new PaceBook.Key(row.getString(0), row.getInteger(1), row.getString(2), row.getBoolean(3)),
                    row.getDouble(4),
                    row.getDouble(5),
                    row.getInteger(6)));
        }
        return paces;
    }

    /** Keeps one; it counts at once, whether the database takes it or not. */
    Future<Boolean> keep(PaceBook.Pace pace) {
        book.put(List.of(pace));
        PaceBook.Key key = pace.key();
        return pool.preparedQuery(KEEP)
                .execute(Tuple.of(
                        key.model(),
                        key.pixels(),
                        key.sampler(),
                        key.guided(),
                        pace.stepMillis(),
                        pace.imageMillis(),
                        pace.images()))
                .map(true);
    }
}
