package dev.darkroom.store;

import dev.darkroom.output.PictureLocation;
import dev.darkroom.output.PictureRegistry;
import dev.darkroom.output.SharedOutputs;
import dev.darkroom.task.Attempt;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What the nodes know together of their pictures, in PostgreSQL. Blocks, but for {@link #close}; what must not fail for
 * a database that restarts is tried again for minutes. Not to be asked on an event loop.
 */
public final class PictureTable implements PictureRegistry, SharedOutputs.Directory {

    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private static final String RESERVE =
            "INSERT INTO picture (path, task_id, attempt, place) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    private static final String KEEP = "UPDATE picture SET kept = true WHERE path = ANY ($1) AND NOT kept";

    /** What has a copy already is gone only when that is. */
    private static final String FORGET = """
            WITH copied AS (
                UPDATE picture SET gone = true
                WHERE NOT kept AND place = $1 AND task_id = $2 AND attempt = $3 AND (copy IS NOT NULL OR stored)
            )
            DELETE FROM picture
            WHERE NOT kept AND place = $1 AND task_id = $2 AND attempt = $3 AND copy IS NULL AND NOT stored""";

    private static final String REMOVE = "UPDATE picture SET gone = true WHERE path = ANY ($1)";
    private static final String LOCATE = """
            SELECT p.stored, p.place = $2, n.url FROM picture AS p
            LEFT JOIN place AS n ON n.id IN (p.place, p.copy) AND n.id <> $2 AND n.url <> ''
            WHERE p.path = $1 AND NOT p.gone ORDER BY n.seen DESC NULLS LAST""";

    private static final String UNCOPIED = """
            SELECT path, made FROM picture
            WHERE place = $1 AND kept AND NOT gone AND NOT stored AND copy IS NULL AND (made, path) > ($2, $3)
            ORDER BY made, path LIMIT $4""";
    private static final String GONE_HERE =
            "SELECT path FROM picture WHERE gone AND (place = $1 OR copy = $1) AND path > $2 ORDER BY path LIMIT $3";
    private static final String GONE_ELSEWHERE = """
            SELECT path FROM picture
            WHERE gone AND place IS DISTINCT FROM $1 AND copy IS DISTINCT FROM $1
                AND (stored AND $2 OR NOT stored AND place IS NULL AND copy IS NULL)
            LIMIT $3""";

    private static final String COPIED =
            "UPDATE picture SET copy = $2 WHERE path = $1 AND copy IS NULL AND place IS DISTINCT FROM $2";
    private static final String STORED = "UPDATE picture SET stored = true WHERE path = $1";
    private static final String STRAY =
            "INSERT INTO picture (path, place, gone) VALUES ($1, $2, true) ON CONFLICT DO NOTHING";
    private static final String MISSING =
            "DELETE FROM picture WHERE path = $1 AND place = $2 AND copy IS NULL AND NOT stored RETURNING kept AND NOT gone";
    private static final String DELETED =
            "UPDATE picture SET place = nullif(place, $2), copy = nullif(copy, $2) WHERE path = ANY ($1) AND gone";
    private static final String UNSTORED = "UPDATE picture SET stored = false WHERE path = ANY ($1) AND gone";
    private static final String FINISH_DELETING =
            "DELETE FROM picture WHERE path = ANY ($1) AND gone AND place IS NULL AND copy IS NULL AND NOT stored";

    /** Pictures in one statement. */
    static final int BATCH = 500;

    private final BlockingPool pool;
    private final UUID place;
    private volatile Runnable kept = () -> {};

    /** A picture that is on this node alone, by which the next ones are found. */
    record Uncopied(String path, OffsetDateTime made) {

        /** Comes before all others. */
        static final Uncopied FIRST = new Uncopied("", OffsetDateTime.of(1970, 1, 1, 0, 0, 0, 0, ZoneOffset.UTC));
    }

    /** @param place the folder of this node */
    public PictureTable(Vertx vertx, PgConnectOptions database, UUID place) {
        this.pool = new BlockingPool(vertx, database, "pictures", 2);
        this.place = place;
    }

    /** Has {@code kept} run, on any thread, whenever there may be something to copy. */
    void onKept(Runnable action) {
        kept = action;
    }

    /** Returns what all nodes on this database know and nobody else. */
    public String secret() throws IOException {
        return pool.ask("SELECT secret FROM cluster_secret", Tuple.tuple())
                .iterator()
                .next()
                .getString(0);
    }

    UUID place() {
        return place;
    }

    /** Returns what the nodes know of each other, over the same connections. */
    PlaceTable places() {
        return new PlaceTable(pool, place);
    }

    @Override
    public boolean reserve(String path, Attempt attempt) throws IOException {
        // a name that an answer was lost for stays reserved, and the next one is taken
        return pool.ask(RESERVE, Tuple.of(path, attempt.task().uuid(), attempt.number(), place), PATIENCE)
                        .rowCount()
                == 1;
    }

    @Override
    public void keep(Collection<String> paths) throws IOException {
        if (!paths.isEmpty()) {
            pool.ask(KEEP, Tuple.of((Object) array(paths)), PATIENCE);
            kept.run();
        }
    }

    @Override
    public void forget(Attempt attempt) throws IOException {
        pool.ask(FORGET, Tuple.of(place, attempt.task().uuid(), attempt.number()), PATIENCE);
    }

    @Override
    public void remove(Collection<String> paths) throws IOException {
        if (!paths.isEmpty()) {
            pool.ask(REMOVE, Tuple.of((Object) array(paths)));
            kept.run();
        }
    }

    @Override
    public Optional<PictureLocation> locate(String path) throws IOException {
        RowSet<Row> rows = pool.ask(LOCATE, Tuple.of(path, place));
        if (rows.size() == 0) {
            return Optional.empty();
        }
        List<String> nodes = new ArrayList<>();
        boolean stored = false;
        boolean ours = false;
        for (Row row : rows) {
            stored |= row.getBoolean(0);
            ours |= Boolean.TRUE.equals(row.getBoolean(1));
            if (row.getString(2) != null) {
                nodes.add(row.getString(2));
            }
        }
        // a name that is reserved here for a file that is not written yet
        return ours && nodes.isEmpty() && !stored ? Optional.empty() : Optional.of(new PictureLocation(nodes, stored));
    }

    /** Returns some pictures that have no copy, oldest first, after the one given. */
    List<Uncopied> uncopied(Uncopied after) throws IOException {
        List<Uncopied> some = new ArrayList<>();
        pool.ask(UNCOPIED, Tuple.of(place, after.made(), after.path(), (long) BATCH))
                .forEach(row -> some.add(new Uncopied(row.getString(0), row.getOffsetDateTime(1))));
        return some;
    }

    /** Returns some pictures to delete here, by their paths, after the one given. */
    List<String> goneHere(String after) throws IOException {
        return paths(pool.ask(GONE_HERE, Tuple.of(place, after, (long) BATCH)));
    }

    /**
     * Returns some deleted pictures that are not here.
     *
     * @param storage whether those in object storage are wanted, too; others are nothing but rows
     */
    List<String> goneElsewhere(boolean storage) throws IOException {
        return paths(pool.ask(GONE_ELSEWHERE, Tuple.of(place, storage, (long) BATCH)));
    }

    void copied(String path, UUID keeper) throws IOException {
        pool.ask(COPIED, Tuple.of(path, keeper));
    }

    void stored(String path) throws IOException {
        pool.ask(STORED, Tuple.of(path));
    }

    /** The same as {@link #copied} of a picture that may have been forgotten meanwhile: then its copy goes, too. */
    void copiedAtOnce(String path, UUID keeper) throws IOException {
        if (pool.ask(COPIED, Tuple.of(path, keeper)).rowCount() == 0) {
            pool.ask(STRAY, Tuple.of(path, keeper));
        }
    }

    /**
     * Forgets a picture of which there is no file anywhere.
     *
     * @return whether somebody may still ask for it
     */
    boolean missing(String path) throws IOException {
        RowSet<Row> rows = pool.ask(MISSING, Tuple.of(path, place));
        return rows.size() == 1 && rows.iterator().next().getBoolean(0);
    }

    void deleted(List<String> paths) throws IOException {
        pool.ask(DELETED, Tuple.of(array(paths), place));
        finishDeleting(paths);
    }

    void unstored(List<String> paths) throws IOException {
        pool.ask(UNSTORED, Tuple.of((Object) array(paths)));
        finishDeleting(paths);
    }

    /** Drops the rows of deleted pictures that are nowhere any more. */
    void finishDeleting(List<String> paths) throws IOException {
        pool.ask(FINISH_DELETING, Tuple.of((Object) array(paths)));
    }

    static List<String> paths(RowSet<Row> rows) {
        List<String> paths = new ArrayList<>();
        rows.forEach(row -> paths.add(row.getString(0)));
        return paths;
    }

    static String[] array(Collection<String> paths) {
        return paths.toArray(String[]::new);
    }

    Future<Void> close() {
        return pool.close();
    }
}
