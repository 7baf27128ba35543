package dev.darkroom.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.StoreMessage.Delete;
import dev.darkroom.bus.StoreMessage.Filter;
import dev.darkroom.bus.StoreMessage.Page;
import dev.darkroom.bus.StoreMessage.Remove;
import dev.darkroom.bus.StoreMessage.Search;
import dev.darkroom.bus.TaskRow;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskState;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Row;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Over 20,000 tasks of two owners: old ones that ended, and some that still wait or run. */
@ExtendWith(EmbeddedDatabase.class)
class HistoryTest {

    private static final List<TaskState> HISTORY =
            List.of(TaskState.RUNNING, TaskState.FINISHED, TaskState.STOPPED, TaskState.FAILED, TaskState.TIMED_OUT);
    private static final List<TaskState> ENDED =
            List.of(TaskState.FINISHED, TaskState.STOPPED, TaskState.FAILED, TaskState.TIMED_OUT);
    private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

    private static final String FILL = """
            INSERT INTO task (task_id, kind, owner, state, model, prompt, request, images, result, submitted, finished,
                              lease_until)
            SELECT gen_random_uuid(), 'k', CASE WHEN n % 3 = 0 THEN 'ann' ELSE 'bob' END, state, 'm' || n % 2,
                   'Prompt 50% number_' || n, '{}', 1,
                   CASE WHEN ended THEN '{"images":[{"index":0,"path":"p","seed":1,"width":8,"height":8}],"notes":[]}'::json END,
                   '2026-01-01Z'::timestamptz + n * interval '1 minute',
                   CASE WHEN ended THEN now() END, CASE WHEN state = 'running' THEN now() + interval '1 h' END
            FROM generate_series(0, 19999) AS n,
                 LATERAL (SELECT CASE WHEN n IN (5000, 19990) THEN 'running' WHEN n = 9000 OR n >= 19995 THEN 'pending'
                                      WHEN n % 7 = 0 THEN 'failed' WHEN n % 11 = 0 THEN 'stopped'
                                      ELSE 'finished' END AS state) AS s,
                 LATERAL (SELECT state NOT IN ('running', 'pending') AS ended) AS e
            ORDER BY n""";

    private static final String CLOSE_AS_BEFORE = """
            WITH closable AS (
                SELECT block FROM tally_block AS b
                WHERE open AND NOT EXISTS (SELECT FROM task WHERE finished IS NULL AND id >> 11 = b.block)
            ), counted AS (
                INSERT INTO tally (block, owner, finished, stopped, failed, timed_out)
                SELECT block, owner, count(*) FILTER (WHERE state = 'finished'), count(*) FILTER (WHERE state = 'stopped'),
                       count(*) FILTER (WHERE state = 'failed'), 0
                FROM closable JOIN task ON id >> 11 = block GROUP BY GROUPING SETS ((block, owner), (block))
            )
            UPDATE tally_block AS b SET open = false FROM closable WHERE b.block = closable.block""";

    private static StoreFixture tasks;

    @BeforeAll
    static void open(PgConnectOptions database) throws Exception {
        tasks = new StoreFixture(database, 100);
    }

    @AfterAll
    static void close() throws Exception {
        tasks.close();
    }

    private static void fill() throws Exception {
        tasks.clear();
        tasks.sql(FILL);
    }

    private static Filter filter(String owner, List<TaskState> states) {
        return new Filter(owner, states, null, null, null, null);
    }

    private static List<Long> ids(Filter filter, Page page) throws Exception {
        return rows(filter, page).stream().map(TaskRow::id).toList();
    }

    private static List<TaskRow> rows(Filter filter, Page page) throws Exception {
        return tasks.ask(store -> store.search(new Search(filter, page))).rows();
    }

    @Test
    void deepPagesAreExactlyWhatWalkingFindsAlsoAfterDeletions() throws Exception {
        fill();
        checkDeepPages(); // nothing is tallied yet
        tasks.ask(TaskStore::tally);
        assertThat(tasks.sql("SELECT FROM tally_block WHERE NOT open")).isGreaterThan(5);
        checkDeepPages();
        Filter gone = new Filter(null, List.of(TaskState.FAILED), "m1", null, null, null);
        assertThat(tasks.ask(store -> store.delete(new Delete(gone))).results()).hasSizeGreaterThan(1000);
        assertThat(rows(gone, new Page(null, 0, 10, true))).isEmpty();
        checkDeepPages();
        tasks.ask(TaskStore::tally);
        checkDeepPages();
    }

    @Test
    void pagesAreFoundWhileTheDatabaseTakesAFullTableForAnEmptyOne() throws Exception {
        fill();
        tasks.sql("DELETE FROM task");
        tasks.sql("ANALYZE task");
        tasks.sql(FILL);
        checkDeepPages();
        tasks.ask(TaskStore::tally);
        checkDeepPages();
    }

    /** The other store stands for another node: what it does, this one hears of from the database alone. */
    @Test
    void deepPagesStayExactWhileTasksComeEndAndGo(PgConnectOptions database) throws Exception {
        fill();
        long seed = System.nanoTime();
        Random random = new Random(seed);
        StoreFixture other = new StoreFixture(database, 100);
        try {
            for (int round = 0; round < 8; round++) {
                StoreFixture node = random.nextBoolean() ? tasks : other;
                switch (random.nextInt(6)) {
                    case 0 -> node.ask(TaskStore::tally);
                    case 1 -> tasks.sql(FILL.replace("19999", Integer.toString(random.nextInt(5000))));
                    case 2 -> {
                        Long[] ends = tasksThat("finished IS NULL").stream()
                                .filter(task -> random.nextBoolean())
                                .map(task -> task.getLong(0))
                                .toArray(Long[]::new);
                        tasks.sql(
                                "UPDATE task SET state = 'stopped', finished = now(), lease_until = NULL, result = '{\"images\":[],\"notes\":[]}'"
                                        + " WHERE id = ANY ($1)",
                                (Object) ends);
                    }
                    case 3 -> {
                        List<Row> ended = tasksThat("finished IS NOT NULL");
                        remove(
                                node,
                                IntStream.range(0, 3)
                                        .mapToObj(i -> ended.get(random.nextInt(ended.size())))
                                        .toList());
                    }
                    case 4 -> {
                        List<Row> ended = tasksThat("finished IS NOT NULL");
                        remove(node, ended.subList(ended.size() - 2, ended.size()));
                    }
                    default -> {
                        Instant from = BEGIN.plusSeconds(60L * random.nextInt(15_000));
                        Filter gone = new Filter("ann", ENDED, "m1", null, from, from.plusSeconds(60 * 2000));
                        node.ask(store -> store.delete(new Delete(gone)));
                    }
                }
                checkPage(random, "seed %d round %d".formatted(seed, round));
            }
        } finally {
            other.close();
        }
    }

    /** In their order, so that a seed chooses the same ones again. */
    private static List<Row> tasksThat(String condition) throws Exception {
        List<Row> found = new ArrayList<>();
        tasks.rows("SELECT id, task_id FROM task WHERE " + condition + " ORDER BY id")
                .forEach(found::add);
        return found;
    }

    private static void remove(StoreFixture node, List<Row> which) throws Exception {
        for (Row row : which) {
            node.ask(store -> store.remove(new Remove(TaskId.of(row.getUUID(1)), null)));
        }
    }

    private static void checkPage(Random random, String when) throws Exception {
        List<Filter> filters = List.of(
                filter(null, List.of()),
                filter("ann", ENDED),
                filter("bob", HISTORY),
                filter(null, List.of(TaskState.FINISHED, TaskState.PENDING)),
                filter("bob", List.of(TaskState.FINISHED, TaskState.FAILED)));
        for (Filter filter : filters) {
            boolean newestFirst = random.nextBoolean();
            long offset = DeepPages.DEEP + random.nextInt(6_000);
            List<Long> walked = ids(filter, new Page(null, 0, (int) offset + 10, newestFirst));
            assertThat(ids(filter, new Page(null, offset, 10, newestFirst)))
                    .as("%s: %s offset %d newest first %s", when, filter, offset, newestFirst)
                    .isEqualTo(walked.stream().skip(offset).limit(10).toList());
        }
    }

    @Test
    void blocksThatAnOlderReleaseCountedAndChangesAreKnown(PgConnectOptions database) throws Exception {
        fill();
        long open = 1
                + tasks.rows("SELECT max(id) >> 11 FROM task").iterator().next().getLong(0);
        // as 006 and before left it: some blocks without a number, counted by a statement that knows of none
        tasks.sql("ALTER TABLE tally_block DISABLE TRIGGER tally_block_changes");
        tasks.sql(
                "INSERT INTO tally_block (block, open) SELECT generate_series((SELECT min(id) >> 11 FROM task), $1 - 2),"
                        + " true",
                open);
        tasks.sql(CLOSE_AS_BEFORE);
        tasks.sql("ALTER TABLE tally_block ENABLE TRIGGER tally_block_changes");
        assertThat(tasks.sql("SELECT FROM tally_block WHERE NOT open AND version = 0"))
                .isGreaterThan(5);
        checkDeepPages();
        // what such a node does when a task is deleted
        long gone =
                rows(filter(null, ENDED), new Page(null, 7000, 1, false)).get(0).id();
        tasks.sql("DELETE FROM task WHERE id = $1", gone);
        tasks.sql("DELETE FROM tally WHERE block = $1", gone >> 11);
        tasks.sql("UPDATE tally_block SET open = true WHERE block = $1", gone >> 11);
        checkDeepPages();
    }

    @Test
    void aDatabaseThatWasSetBackIsReadAnew() throws Exception {
        fill();
        tasks.ask(TaskStore::tally);
        checkDeepPages();
        tasks.sql("TRUNCATE task, tally, tally_block RESTART IDENTITY CASCADE");
        tasks.rows("SELECT setval('tally_version', 1, false)");
        tasks.sql(FILL.replace("19999", "15999").replace("n % 3 = 0", "n % 3 > 0"));
        checkDeepPages(); // of before the first number
        tasks.ask(TaskStore::tally);
        assertThat(tasks.sql("SELECT FROM tally_block WHERE NOT open")).isGreaterThan(3);
        checkDeepPages();
    }

    @Test
    void aDatabaseThatWasSetBackToSomeCountsIsReadAnew(PgConnectOptions database) throws Exception {
        fill();
        tasks.ask(TaskStore::tally);
        checkDeepPages();
        tasks.sql("TRUNCATE task, tally, tally_block RESTART IDENTITY CASCADE");
        tasks.rows("SELECT setval('tally_version', 1, false)");
        tasks.sql(FILL.replace("19999", "15999").replace("n % 3 = 0", "n % 3 > 0"));
        // another node counts before this one looks
        StoreFixture other = new StoreFixture(database, 100);
        try {
            other.ask(TaskStore::tally);
        } finally {
            other.close();
        }
        checkDeepPages();
    }

    @Test
    void tasksThatWaitAreWalkedOver() {
        Page deep = new Page(null, DeepPages.DEEP, 10, false);
        assertThat(DeepPages.serves(filter("ann", List.of(TaskState.PENDING, TaskState.RUNNING)), deep))
                .isFalse();
        assertThat(DeepPages.serves(filter("ann", List.of(TaskState.PENDING, TaskState.FAILED)), deep))
                .isTrue();
        assertThat(DeepPages.serves(filter(null, List.of()), deep)).isTrue();
    }

    private static void checkDeepPages() throws Exception {
        for (Filter filter : List.of(
                filter(null, List.of()), filter(null, HISTORY), filter("ann", ENDED), filter("bob", List.of()))) {
            for (boolean newestFirst : List.of(true, false)) {
                List<Long> all = ids(filter, new Page(null, 0, 10_000, newestFirst));
                for (long offset : new long[] {2048, 4097, 5500}) {
                    List<Long> expected =
                            all.subList((int) Math.min(all.size(), offset), (int) Math.min(all.size(), offset + 10));
                    assertThat(ids(filter, new Page(null, offset, 10, newestFirst)))
                            .as("%s offset %d newest first %s", filter, offset, newestFirst)
                            .isEqualTo(expected);
                }
            }
        }
        assertThat(ids(filter(null, List.of()), new Page(null, 30_000, 10, true)))
                .isEmpty();
    }

    @Test
    void aCursorWalksOverEveryTaskOnceInEitherOrder() throws Exception {
        fill();
        for (boolean newestFirst : List.of(true, false)) {
            List<Long> seen = new ArrayList<>();
            Long after = null;
            for (List<Long> page = ids(filter("ann", List.of()), new Page(null, 0, 1000, newestFirst));
                    !page.isEmpty();
                    page = ids(filter("ann", List.of()), new Page(after, 0, 1000, newestFirst))) {
                seen.addAll(page);
                after = page.get(page.size() - 1);
            }
            assertThat(seen).hasSize(6667).doesNotHaveDuplicates();
            assertThat(seen.get(0) > seen.get(6666)).isEqualTo(newestFirst);
        }
    }

    @Test
    void filtersRestrict() throws Exception {
        fill();
        Page page = new Page(null, 0, 1000, true);
        Filter text = new Filter(null, List.of(), null, "50% NUMBER_19998", null, null);
        assertThat(rows(text, page)).singleElement().extracting(TaskRow::state).isEqualTo(TaskState.PENDING);
        assertThat(rows(new Filter(null, List.of(), null, "number%", null, null), page))
                .isEmpty();
        Instant from = BEGIN.plusSeconds(60 * 100);
        Instant until = BEGIN.plusSeconds(60 * 109);
        assertThat(rows(new Filter(null, List.of(), null, null, from, until), page))
                .hasSize(10)
                .allSatisfy(row -> assertThat(row.submitted()).isBetween(from, until));
        assertThat(rows(new Filter("ann", HISTORY, "m0", null, from, until), page))
                .isNotEmpty()
                .allSatisfy(row -> {
                    assertThat(row.owner()).isEqualTo("ann");
                    assertThat(row.model()).isEqualTo("m0");
                });
        assertThat(rows(filter(null, List.of(TaskState.PENDING)), page)).hasSize(6);
        assertThat(rows(filter(null, List.of(TaskState.RUNNING)), page)).hasSize(2);
        assertThat(rows(filter(null, List.of(TaskState.FAILED)), page))
                .hasSize(1000)
                .allSatisfy(row -> assertThat(row.state()).isEqualTo(TaskState.FAILED));
    }
}
