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
    private static final String FORGET =
            "DELETE FROM picture WHERE NOT kept AND place = $1 AND task_id = $2 AND attempt = $3";
    private static final String REMOVE = "UPDATE picture SET gone = true WHERE path = ANY ($1)";
    private static final String LOCATE = """
            SELECT p.stored, p.place = $2, n.url FROM picture AS p
            LEFT JOIN place AS n ON n.id IN (p.place, p.copy) AND n.id <> $2
            WHERE p.path = $1 AND NOT p.gone ORDER BY n.seen DESC NULLS LAST""";

    private static final String BEAT = """
            WITH me AS (
                INSERT INTO place (id, url) VALUES ($1, $2)
                ON CONFLICT (id) DO UPDATE SET url = $2, seen = now(), lost = false
            )
            SELECT id, url FROM place WHERE id <> $1 AND seen > now() - make_interval(secs => $3)""";

    private static final String WORK = """
            (SELECT path, 'copy' FROM picture
             WHERE place = $1 AND kept AND NOT gone AND NOT stored AND copy IS NULL ORDER BY made LIMIT $2)
            UNION ALL
            (SELECT path, CASE WHEN place = $1 OR copy = $1 THEN 'delete' ELSE 'unstore' END FROM picture
             WHERE gone AND (place = $1 OR copy = $1 OR stored OR (place IS NULL AND copy IS NULL)) LIMIT $2)""";

    private static final String COPIED =
            "UPDATE picture SET copy = $2 WHERE path = $1 AND copy IS NULL AND place IS DISTINCT FROM $2";
    private static final String STORED = "UPDATE picture SET stored = true WHERE path = $1";
    private static final String MISSING =
            "DELETE FROM picture WHERE path = $1 AND place = $2 AND copy IS NULL AND NOT stored";
    private static final String DELETED =
            "UPDATE picture SET place = nullif(place, $2), copy = nullif(copy, $2) WHERE path = ANY ($1) AND gone";
    private static final String UNSTORED = "UPDATE picture SET stored = false WHERE path = ANY ($1) AND gone";
    private static final String FINISH_DELETING =
            "DELETE FROM picture WHERE path = ANY ($1) AND gone AND place IS NULL AND copy IS NULL AND NOT stored";

    private static final String STATE = "SELECT adopted, lost FROM place WHERE id = $1";
    private static final String ADOPT =
            "INSERT INTO picture (path, place, kept) SELECT path, $2, true FROM unnest($1::text[]) AS f (path)"
                    + " ON CONFLICT DO NOTHING";
    private static final String ADOPTED = "UPDATE place SET adopted = true WHERE id = $1";
    private static final String STRANGERS = """
            SELECT f.path FROM unnest($1::text[]) AS f (path)
            WHERE NOT EXISTS (SELECT FROM picture AS p WHERE p.path = f.path AND (p.place = $2 OR p.copy = $2))""";
    private static final String UNKEPT = """
            SELECT path FROM picture AS p WHERE NOT kept AND place = $1 AND made < now() - interval '1 day'
                AND NOT EXISTS (SELECT FROM task AS t WHERE t.task_id = p.task_id AND t.finished IS NULL) LIMIT $2""";

    private static final String LOSE =
            "UPDATE place SET lost = true WHERE NOT lost AND seen < now() - make_interval(secs => $1) RETURNING id, url";
    private static final String MOVE = """
            WITH some AS (
                SELECT path FROM picture
                WHERE place IN (SELECT id FROM place WHERE lost) AND (copy IS NOT NULL OR stored OR gone)
                LIMIT $1 FOR UPDATE SKIP LOCKED
            )
            UPDATE picture AS p SET place = p.copy, copy = NULL FROM some WHERE p.path = some.path""";
    private static final String UNCOPY = """
            WITH some AS (
                SELECT path FROM picture WHERE copy IN (SELECT id FROM place WHERE lost)
                LIMIT $1 FOR UPDATE SKIP LOCKED
            )
            UPDATE picture AS p SET copy = NULL FROM some WHERE p.path = some.path""";

    /** Pictures in one statement. */
    static final int BATCH = 500;

    private final BlockingPool pool;
    private final UUID place;
    private volatile Runnable kept = () -> {};

    /** Another node that was heard of lately. */
    record Peer(UUID place, String url) {}

    /**
     * What a node has to do.
     *
     * @param copy pictures that are on this node alone
     * @param delete pictures to delete here
     * @param unstore pictures to delete in object storage; their rows may be all that is left
     */
    record Work(List<String> copy, List<String> delete, List<String> unstore) {}

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

    /** Tells the others of this node, and returns those that are there. */
    List<Peer> beat(String url, Duration silence) throws IOException {
        List<Peer> peers = new ArrayList<>();
        pool.ask(BEAT, Tuple.of(place, url, silence.toMillis() / 1000.0))
                .forEach(row -> peers.add(new Peer(row.getUUID(0), row.getString(1))));
        return peers;
    }

    Work work() throws IOException {
        Work work = new Work(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (Row row : pool.ask(WORK, Tuple.of(place, (long) BATCH))) {
            (switch (row.getString(1)) {
                        case "copy" -> work.copy();
                        case "delete" -> work.delete();
                        default -> work.unstore();
                    })
                    .add(row.getString(0));
        }
        return work;
    }

    void copied(String path, UUID keeper) throws IOException {
        pool.ask(COPIED, Tuple.of(path, keeper));
    }

    void stored(String path) throws IOException {
        pool.ask(STORED, Tuple.of(path));
    }

    /** Forgets a picture of which there is no file anywhere. */
    void missing(String path) throws IOException {
        pool.ask(MISSING, Tuple.of(path, place));
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

    boolean isAdopted() throws IOException {
        RowSet<Row> rows = pool.ask(STATE, Tuple.of(place));
        return rows.size() == 1 && rows.iterator().next().getBoolean(0);
    }

    /** Tells whether the others took this place for lost. */
    boolean isLost() throws IOException {
        RowSet<Row> rows = pool.ask(STATE, Tuple.of(place));
        return rows.size() == 1 && rows.iterator().next().getBoolean(1);
    }

    /** Enters pictures that were here before the folder was shared. */
    void adopt(List<String> paths) throws IOException {
        pool.ask(ADOPT, Tuple.of(array(paths), place));
    }

    void adopted() throws IOException {
        pool.ask(ADOPTED, Tuple.of(place));
    }

    /** Returns which of these are not said to be here. */
    List<String> strangers(List<String> paths) throws IOException {
        return paths(pool.ask(STRANGERS, Tuple.of(array(paths), place)));
    }

    /** Returns names that were reserved here long ago and never kept. */
    List<String> unkept() throws IOException {
        return paths(pool.ask(UNKEPT, Tuple.of(place, (long) BATCH)));
    }

    /** Takes places for lost that were silent for too long, and returns their URLs; moves some of their pictures. */
    List<String> lose(Duration lostAfter) throws IOException {
        List<String> lost = new ArrayList<>();
        pool.ask(LOSE, Tuple.of(lostAfter.toMillis() / 1000.0)).forEach(row -> lost.add(row.getString(1)));
        while (pool.ask(MOVE, Tuple.of((long) BATCH)).rowCount() == BATCH
                | pool.ask(UNCOPY, Tuple.of((long) BATCH)).rowCount() == BATCH) {
            // the next ones
        }
        return lost;
    }

    private static List<String> paths(RowSet<Row> rows) {
        List<String> paths = new ArrayList<>();
        rows.forEach(row -> paths.add(row.getString(0)));
        return paths;
    }

    private static String[] array(Collection<String> paths) {
        return paths.toArray(String[]::new);
    }

    Future<Void> close() {
        return pool.close();
    }
}
