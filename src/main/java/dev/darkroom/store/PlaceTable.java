package dev.darkroom.store;

import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What the nodes that share pictures know of each other's folders, in PostgreSQL. Blocks. */
final class PlaceTable {

    private static final String STATE = "SELECT seen, adopted, lost FROM place WHERE id = $1";
    private static final String JOIN = """
            INSERT INTO place (id, url, adopted) VALUES ($1, $2, true)
            ON CONFLICT (id) DO UPDATE SET url = $2, seen = now(), adopted = true, lost = false""";

    /** One row for each other node, and one with nothing in it if there is none; no row at all if this one is lost. */
    private static final String BEAT = """
            WITH me AS (UPDATE place SET url = $2, seen = now() WHERE id = $1 AND NOT lost RETURNING id)
            SELECT n.id, n.url FROM me LEFT JOIN place AS n
                ON n.id <> $1 AND NOT n.lost AND n.url <> '' AND n.seen > now() - make_interval(secs => $3)""";

    private static final String ADOPT =
            "INSERT INTO picture (path, place, kept) SELECT path, $2, true FROM unnest($1::text[]) AS f (path)"
                    + " ON CONFLICT DO NOTHING";
    private static final String STRANGERS = """
            SELECT f.path FROM unnest($1::text[]) AS f (path)
            WHERE NOT EXISTS (SELECT FROM picture AS p WHERE p.path = f.path AND (p.place = $2 OR p.copy = $2))""";
    private static final String UNKEPT = """
            SELECT path FROM picture AS p WHERE NOT kept AND place = $1 AND made < now() - interval '1 day'
                AND NOT EXISTS (SELECT FROM task AS t WHERE t.task_id = p.task_id AND t.finished IS NULL) LIMIT $2""";

    private static final String LOSE =
            "UPDATE place SET lost = true WHERE NOT lost AND seen < now() - make_interval(secs => $1) RETURNING id, url";

    /** Of a picture whose node could not say any more whether its task names it, the task's result tells. */
    private static final String MOVE = """
            WITH few AS (
                SELECT path, EXISTS (
                    SELECT FROM task AS t, json_array_elements(t.result->'images') AS image
                    WHERE t.task_id = q.task_id AND t.finished IS NOT NULL AND image->>'path' = q.path
                ) AS named FROM picture AS q
                WHERE place IN (SELECT id FROM place WHERE lost) AND (copy IS NOT NULL OR stored OR gone)
                LIMIT $1 FOR UPDATE SKIP LOCKED
            )
            UPDATE picture AS p SET place = p.copy, copy = NULL, kept = kept OR named, gone = gone OR NOT (kept OR named)
            FROM few WHERE p.path = few.path""";

    private static final String UNCOPY = """
            WITH few AS (
                SELECT path FROM picture WHERE copy IN (SELECT id FROM place WHERE lost)
                LIMIT $1 FOR UPDATE SKIP LOCKED
            )
            UPDATE picture AS p SET copy = NULL FROM few WHERE p.path = few.path""";

    private final BlockingPool pool;
    private final UUID place;

    /** Another node that was heard of lately. */
    record Peer(UUID place, String url) {}

    /**
     * What was known of this node's folder when its server last ended.
     *
     * @param seen when it was last heard of, by the database's clock
     * @param adopted the pictures from before it was first shared have been entered
     * @param lost the others took it for lost
     */
    record State(Instant seen, boolean adopted, boolean lost) {}

    PlaceTable(BlockingPool pool, UUID place) {
        this.pool = pool;
        this.place = place;
    }

    /** Returns nothing if this folder was never shared. */
    Optional<State> state() throws IOException {
        RowSet<Row> rows = pool.ask(STATE, Tuple.of(place));
        if (rows.size() == 0) {
            return Optional.empty();
        }
        Row row = rows.iterator().next();
        return Optional.of(new State(row.getOffsetDateTime(0).toInstant(), row.getBoolean(1), row.getBoolean(2)));
    }

    /** Tells the others that this node is there from now on, with its pictures entered. */
    void join(String url) throws IOException {
        pool.ask(JOIN, Tuple.of(place, url));
    }

    /** Tells the others of this node and returns those that are there, or nothing if they took this one for lost. */
    Optional<List<Peer>> beat(String url, Duration silence) throws IOException {
        RowSet<Row> rows = pool.ask(BEAT, Tuple.of(place, url, seconds(silence)));
        if (rows.size() == 0) {
            return Optional.empty();
        }
        List<Peer> peers = new ArrayList<>();
        for (Row row : rows) {
            if (row.getUUID(0) != null) {
                peers.add(new Peer(row.getUUID(0), row.getString(1)));
            }
        }
        return Optional.of(List.copyOf(peers));
    }

    /** Enters pictures that were made while the folder was not shared. */
    void adopt(List<String> paths) throws IOException {
        pool.ask(ADOPT, Tuple.of(PictureTable.array(paths), place));
    }

    /** Returns which of these are not said to be here. */
    List<String> strangers(List<String> paths) throws IOException {
        return PictureTable.paths(pool.ask(STRANGERS, Tuple.of(PictureTable.array(paths), place)));
    }

    /** Returns names that were reserved here long ago and never kept. */
    List<String> unkept() throws IOException {
        return PictureTable.paths(pool.ask(UNKEPT, Tuple.of(place, (long) PictureTable.BATCH)));
    }

    /** Takes places for lost that were silent for too long, and returns their URLs; moves their pictures. */
    List<String> lose(Duration lostAfter) throws IOException {
        List<String> lost = new ArrayList<>();
        pool.ask(LOSE, Tuple.of(seconds(lostAfter))).forEach(row -> lost.add(row.getString(1)));
        while (pool.ask(MOVE, Tuple.of((long) PictureTable.BATCH)).rowCount() == PictureTable.BATCH
                | pool.ask(UNCOPY, Tuple.of((long) PictureTable.BATCH)).rowCount() == PictureTable.BATCH) {
            // the next ones
        }
        return lost;
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1000.0;
    }
}
