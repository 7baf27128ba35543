package dev.darkroom.store;

import dev.darkroom.bus.StoreMessage.Filter;
import dev.darkroom.bus.StoreMessage.Page;
import dev.darkroom.store.BlockCounts.Begin;
import dev.darkroom.task.TaskState;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds pages far from either end of the history at about the cost of the first one: the blocks of {@link HistoryTally}
 * that lie before the page are left out, by what is remembered of them, and only the rest is walked over. What is in no
 * closed block is counted by the statement that reads the page, and the same statement tells whether what is remembered
 * still holds; if not, it is brought up to date and the page is read again. So a page is always exactly what a walk over
 * all rows would find. For one event loop.
 */
final class DeepPages {

    /** Offsets below this are walked. */
    static final long DEEP = 1L << HistoryTally.SHIFT;

    /** Owners, with the states they look for, that are remembered; each takes 4 bytes for 2048 tasks of the history. */
    private static final int MOST_REMEMBERED = 64;

    private static final String ONE_SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ";

    private static final String CHANGES = """
            SELECT b.block, b.open, coalesce(%s, 0), b.version
            FROM tally_block AS b LEFT JOIN tally ON tally.block = b.block AND %s
            WHERE b.version > $1""";

    private record Kind(@Nullable String owner, Set<TaskState> ended, boolean withActive) {}

    /** What is remembered of one kind of task: the blocks, and how many were in none of them when last asked, by direction. */
    private static final class Memory {
        private BlockCounts counts = BlockCounts.NONE;
        private long liveFromNewest;
        private long liveFromOldest;
    }

    /**
     * What a statement found.
     *
     * @param rows of the page
     * @param version of the tally
     * @param live how many tasks before the page are in no closed block
     * @param missed the walk began behind the page
     */
    private record Found(List<Row> rows, long version, long live, boolean missed) {}

    private final Pool pool;
    private final Map<Kind, Memory> memories = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Kind, Memory> eldest) {
            return size() > MOST_REMEMBERED;
        }
    };

    DeepPages(Pool pool) {
        this.pool = pool;
    }

    /** Tells whether a page is found by the tally rather than by walking; the tally knows of ended tasks alone. */
    static boolean serves(Filter filter, Page page) {
        return page.offset() >= DEEP
                && page.after() == null
                && !new SearchStatement(filter).ended().isEmpty()
                && filter.model() == null
                && filter.promptText() == null
                && filter.from() == null
                && filter.until() == null;
    }

    /** Returns rows that begin with {@link TaskRows#COLUMNS}, of a page that {@link #serves} allows. */
    Future<List<Row>> rows(Filter filter, Page page) {
        SearchStatement kind = new SearchStatement(filter);
        Memory memory = memories.computeIfAbsent(
                new Kind(filter.owner(), kind.ended(), kind.meansActive()), unknown -> new Memory());
        BlockCounts counts = memory.counts;
        long live = page.newestFirst() ? memory.liveFromNewest : memory.liveFromOldest;
        // to know of no block would be to count everything
        Future<Found> read = counts == BlockCounts.NONE
                ? readAgain(memory, 0, filter, page)
                : read(pool, counts, live, true, filter, page)
                        .compose(found -> found.version() == counts.version() && !found.missed()
                                ? Future.succeededFuture(found)
                                : readAgain(memory, found.live(), filter, page));
        return read.map(found -> {
            if (page.newestFirst()) {
                memory.liveFromNewest = found.live();
            } else {
                memory.liveFromOldest = found.live();
            }
            return found.rows();
        });
    }

    private Future<Found> readAgain(Memory memory, long live, Filter filter, Page page) {
        return pool.withTransaction(connection -> connection
                .query(ONE_SNAPSHOT)
                .execute()
                .compose(set -> readChanged(connection, memory, memory.counts, live, filter, page)));
    }

    /** Reads what has changed and then the page, in the same snapshot. */
    private static Future<Found> readChanged(
            SqlConnection connection, Memory memory, BlockCounts known, long live, Filter filter, Page page) {
        return changes(connection, known.version(), filter).compose(changes -> {
            BlockCounts counts = known.with(changes);
            // how many were live says nothing of blocks that were closed since
            return readUntilFound(connection, counts, counts == known ? live : 0, true, filter, page)
                    .compose(found -> {
                        if (found.version() < counts.version()) {
                            // the database was set back: what is remembered is not of it
                            return readChanged(connection, memory, BlockCounts.NONE, 0, filter, page);
                        }
                        memory.counts = counts;
                        return Future.succeededFuture(found);
                    });
        });
    }

    /**
     * Reads again while there is more before the page than was thought. Within one snapshot this ends: a walk that began
     * behind the page has counted more live tasks than it was told of, so that the next begins earlier.
     */
    private static Future<Found> readUntilFound(
            SqlConnection connection, BlockCounts counts, long live, boolean mayTurn, Filter filter, Page page) {
        return read(connection, counts, live, mayTurn, filter, page)
                .compose(found -> found.missed()
                        ? readUntilFound(connection, counts, found.live(), false, filter, page)
                        : Future.succeededFuture(found));
    }

    private static Future<RowSet<Row>> changes(SqlConnection connection, long version, Filter filter) {
        Set<TaskState> ended = new SearchStatement(filter).ended();
        String counts = ended.isEmpty()
                ? "0"
                : ended.stream().map(state -> "tally." + state.column()).collect(Collectors.joining(" + "));
        String owner = filter.owner() == null ? "tally.owner IS NULL" : "tally.owner = $2";
        return connection
                .preparedQuery(CHANGES.formatted(counts, owner))
                .execute(filter.owner() == null ? Tuple.of(version) : Tuple.of(version, filter.owner()));
    }

    private static Future<Found> read(
            SqlClient client, BlockCounts counts, long live, boolean mayTurn, Filter filter, Page page) {
        Begin begin = counts.begin(page.offset(), live, page.newestFirst());
        // the page is nearer to the block's other end; not if open blocks make its place uncertain
        boolean turned = mayTurn
                && begin.open().isEmpty()
                && 2 * (page.offset() - live - begin.leftOut()) > begin.inside()
                && begin.inside() > 0;
        SearchStatement statement = new SearchStatement(filter);
        return client.preparedQuery(sql(statement, page, begin, counts.end(), turned))
                .execute(statement.parameters())
                .map(result -> {
                    List<Row> rows = new ArrayList<>(result.size());
                    for (Row row : result) {
                        if (row.getLong(0) != null) {
                            rows.add(row);
                        }
                    }
                    Row first = result.iterator().next();
                    long counted = first.getLong(TaskRows.COUNT);
                    long version = first.getLong(TaskRows.COUNT + 1);
                    long walk = page.offset() - begin.leftOut() - counted;
                    boolean missed = walk < 0 || (turned && walk >= begin.inside());
                    boolean fromTop = page.newestFirst() && !begin.behindTail();
                    return new Found(rows, version, fromTop ? live : counted, missed);
                });
    }

    /** There is always a row with the number of live tasks and the version, whether or not the page is empty. */
    private static String sql(SearchStatement statement, Page page, Begin begin, long end, boolean turned) {
        List<String> live = new ArrayList<>();
        if (begin.behindTail()) {
            live.add(statement.count("id >= " + hidden(statement, end)));
        }
        if (!begin.open().isEmpty()) {
            live.add(
                    "(SELECT sum(n) FROM unnest(%s::bigint[]) AS open (block), LATERAL (SELECT %s AS n OFFSET 0) AS counted)"
                            .formatted(
                                    statement.parameter(begin.open().toArray(Long[]::new)),
                                    statement.count("id >= open.block << %d AND id < (open.block + 1) << %d"
                                            .formatted(HistoryTally.SHIFT, HistoryTally.SHIFT))));
        }
        boolean newestFirst = page.newestFirst();
        String left = "(" + hidden(statement, page.offset() - begin.leftOut()) + " - n)";
        String rows;
        if (turned) {
            left = "(" + hidden(statement, begin.inside() - 1L) + " - " + left + ")";
            long size = 1L << HistoryTally.SHIFT;
            String first = newestFirst
                    ? "SELECT id + 1 FROM task WHERE %s AND id >= %s ORDER BY id"
                    : "SELECT id - 1 FROM task WHERE %s AND id < %s ORDER BY id DESC";
            String after = first.formatted(
                    statement.endedCondition(),
                    hidden(statement, newestFirst ? begin.bound() - size : begin.bound() + size));
            rows = statement.rows(page, "(" + after + " OFFSET (SELECT left_out FROM place) LIMIT 1)", "0");
        } else {
            // a walk begins behind an id: from the newest, that is the bound; from the oldest, the one before
            String after = hidden(statement, newestFirst ? begin.bound() : begin.bound() - 1);
            rows = statement.rows(page, after, "(SELECT left_out FROM place)");
        }
        return """
                WITH place AS MATERIALIZED (
                    SELECT n AS live, greatest(0, %s) AS left_out,
                           (SELECT coalesce(max(version), -1) FROM tally_block) AS version
                    FROM (SELECT (%s)::bigint AS n OFFSET 0) AS live
                )
                SELECT found.*, place.live, place.version FROM place LEFT JOIN (
                %s
                ) AS found ON true ORDER BY found.id %s""".formatted(left, live.isEmpty() ? "0" : String.join(" + ", live), rows, newestFirst ? "DESC" : "ASC");
    }

    /** As PostgreSQL can't look through a subquery, it sees that one plan suits all values, and keeps it. */
    private static String hidden(SearchStatement statement, long value) {
        return "(SELECT " + statement.parameter(value) + "::bigint)";
    }
}
