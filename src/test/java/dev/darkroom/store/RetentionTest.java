package dev.darkroom.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.output.OutputStore;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Of 3,000 tasks number n came and ended n minutes before the last; every 100th still waits, every 50th has a webhook. */
@ExtendWith(EmbeddedDatabase.class)
class RetentionTest {

    private static final String FILL = """
            INSERT INTO task (task_id, kind, owner, state, model, prompt, request, images, result, submitted, finished,
                              webhook_url)
            SELECT gen_random_uuid(), 'k', 'ann', CASE WHEN ended THEN 'finished' ELSE 'pending' END, 'm', 'p', '{}', 1,
                   CASE WHEN ended THEN ('{"images":[{"index":0,"path":"' || n || '.png","seed":1,"width":8,"height":8}],'
                                         || '"notes":[]}')::json END,
                   now() - n * interval '1 minute' - interval '30 s',
                   CASE WHEN ended THEN now() - n * interval '1 minute' - interval '30 s' END,
                   CASE WHEN n % 50 = 1 THEN 'https://example.org/' END
            FROM generate_series(2999, 0, -1) AS n, LATERAL (SELECT n % 100 <> 0 AS ended) AS e ORDER BY n DESC""";

    private static final Duration NONE = Duration.ZERO;

    private static StoreFixture tasks;
    private static Vertx vertx;
    private static Pool pool;

    private final List<String> deleted = Collections.synchronizedList(new ArrayList<>());
    private volatile int failAfter = Integer.MAX_VALUE;
    private volatile Callable<Void> whileAFileGoes = () -> null;

    @BeforeAll
    static void open(PgConnectOptions database) throws Exception {
        tasks = new StoreFixture(database, 100);
        vertx = Vertx.vertx();
        pool = TaskDatabase.pool(vertx, database, "retention", 2);
    }

    @AfterAll
    static void close() throws Exception {
        Awaited.get(vertx.close());
        tasks.close();
    }

    @BeforeEach
    void fill() throws Exception {
        tasks.clear();
        tasks.sql("UPDATE retention SET images_done = 0");
        tasks.sql(FILL);
        // the trigger looks at updates only
        tasks.sql(
                "INSERT INTO webhook (task, url, host, state, due) SELECT id, webhook_url, 'example.org', 'delivered', NULL"
                        + " FROM task WHERE webhook_url IS NOT NULL");
    }

    private long sweep(RetentionConfig config) throws Exception {
        OutputStore outputs = (OutputStore) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {OutputStore.class}, (proxy, method, arguments) -> {
                    assertThat(method.getName()).isEqualTo("delete");
                    whileAFileGoes.call();
                    for (SavedImage image : ((TaskResult) arguments[0]).images()) {
                        if (deleted.size() >= failAfter) {
                            throw new IOException("the disk is gone");
                        }
                        deleted.add(image.path());
                    }
                    return null;
                });
        return Awaited.get(new Retention(vertx, pool, config, outputs).sweep());
    }

    private static long count(String condition) throws Exception {
        return tasks.sql("SELECT FROM task WHERE " + condition);
    }

    @Test
    void nothingIsBoundUnlessToldSo() {
        assertThat(new RetentionConfig(NONE, 0, NONE, 0, Duration.ofMinutes(1)).isUsed())
                .isFalse();
    }

    @Test
    void oldTasksGoWithTheirFilesAndWebhooksAndWaitingOnesStay() throws Exception {
        // 25 hours are 1,500 minutes: those from 1500 to 2999, of which 15 wait
        RetentionConfig config = new RetentionConfig(Duration.ofHours(25), 0, NONE, 0, Duration.ofMinutes(1));
        assertThat(sweep(config)).isEqualTo(1485);
        assertThat(deleted).hasSize(1485).contains("1501.png", "2999.png").doesNotContain("1499.png", "2000.png");
        assertThat(count("finished IS NOT NULL")).isEqualTo(1485);
        assertThat(count("finished IS NULL")).isEqualTo(30);
        assertThat(tasks.sql("SELECT FROM webhook")).isEqualTo(30);
        assertThat(sweep(config)).isZero();
    }

    @Test
    void ofTooManyTasksTheLatestStay() throws Exception {
        assertThat(sweep(new RetentionConfig(NONE, 700, NONE, 0, Duration.ofMinutes(1))))
                .isEqualTo(2970 - 700);
        assertThat(count("finished IS NOT NULL")).isEqualTo(700);
        assertThat(count("result->'images'->0->>'path' = '1.png'")).isEqualTo(1);
        assertThat(count("result->'images'->0->>'path' = '2999.png'")).isZero();
    }

    @Test
    void aTaskWhoseWebhookIsStillToBeSentStays() throws Exception {
        tasks.sql("UPDATE webhook SET state = 'pending', due = now() + interval '1 h'");
        sweep(new RetentionConfig(Duration.ofMinutes(1), 0, NONE, 0, Duration.ofMinutes(1)));
        assertThat(count("finished < now() - interval '1 minute'")).isEqualTo(60);
        assertThat(tasks.sql("SELECT FROM webhook")).isEqualTo(60);
    }

    @Test
    void imagesGoAndTheRecordSaysSo() throws Exception {
        RetentionConfig config = new RetentionConfig(NONE, 0, Duration.ofHours(25), 0, Duration.ofMinutes(1));
        assertThat(sweep(config)).isEqualTo(1485);
        assertThat(deleted).hasSize(1485).contains("1501.png", "2999.png").doesNotContain("1499.png");
        assertThat(count("json_array_length(result->'images') = 1")).isEqualTo(1485);
        assertThat(count("result->'notes'->>0 LIKE 'The images were deleted%'")).isEqualTo(1485);
        assertThat(count("true")).isEqualTo(3000);
        assertThat(sweep(config)).isZero();
    }

    @Test
    void aTaskThatWaitsOrEndsLateKeepsNobodyElsesImagesAndLosesItsOwnWhenItIsOld() throws Exception {
        // one that waits is among the first batch that is looked at
        assertThat(count("id < (SELECT min(id) FROM task) + 100 AND finished IS NULL"))
                .isEqualTo(1);
        RetentionConfig config = new RetentionConfig(NONE, 0, Duration.ofHours(25), 0, Duration.ofMinutes(1));
        assertThat(sweep(config)).isEqualTo(1485);
        assertThat(tasks.sql("SELECT FROM retention_left")).isEqualTo(15);
        tasks.sql("UPDATE task SET state = 'finished', finished = now() - interval '24 h',"
                + " result = ('{\"images\":[{\"index\":0,\"path\":\"late-' || id || '.png\",\"seed\":1,\"width\":8,\"height\":8}],"
                + "\"notes\":[]}')::json WHERE finished IS NULL");
        assertThat(sweep(config)).isZero();
        tasks.sql("UPDATE task SET finished = now() - interval '26 h' WHERE id IN (SELECT task FROM retention_left)");
        assertThat(sweep(config)).isEqualTo(15);
        assertThat(deleted).hasSize(1500);
        assertThat(tasks.sql("SELECT FROM retention_left")).isZero();
        assertThat(sweep(config)).isZero();
    }

    @Test
    void aTaskThatIsDeletedIsNotLookedAtAgain() throws Exception {
        sweep(new RetentionConfig(NONE, 0, Duration.ofHours(25), 0, Duration.ofMinutes(1)));
        tasks.sql("DELETE FROM task WHERE finished IS NULL");
        assertThat(tasks.sql("SELECT FROM retention_left")).isZero();
    }

    @Test
    void whoClaimsDoesNotWaitForASweep(PgConnectOptions database) throws Exception {
        // bounded owners' claims take turns by a lock
        StoreFixture other = new StoreFixture(database, 100, new Shares(Map.of("ann", new Shares.Share(1, 5))));
        try {
            List<Integer> claimed = Collections.synchronizedList(new ArrayList<>());
            whileAFileGoes = () -> {
                if (claimed.isEmpty()) {
                    claimed.add(other.claim(1).size());
                }
                return null;
            };
            sweep(new RetentionConfig(Duration.ofHours(25), 0, NONE, 0, Duration.ofMinutes(1)));
            assertThat(claimed).containsExactly(1);
        } finally {
            other.close();
        }
    }

    @Test
    void theImagesOfTheLatestTasksStay() throws Exception {
        tasks.sql("DELETE FROM task WHERE finished IS NULL");
        sweep(new RetentionConfig(NONE, 0, NONE, 1000, Duration.ofMinutes(1)));
        assertThat(count("json_array_length(result->'images') = 1")).isEqualTo(1000);
    }

    @Test
    void aSweepThatIsCutOffLeavesRowsForTheNextOneAndNoFileWithoutARow() throws Exception {
        RetentionConfig config = new RetentionConfig(Duration.ofMinutes(1), 0, NONE, 0, Duration.ofMinutes(1));
        failAfter = 700;
        assertThat(Awaited.failure(sweepLater(config))).hasMessageContaining("the disk is gone");
        // the first batch went whole, and of the second one files alone
        assertThat(count("finished < now() - interval '1 minute'")).isEqualTo(2970 - 500);
        failAfter = Integer.MAX_VALUE;
        sweep(config);
        assertThat(count("finished < now() - interval '1 minute'")).isZero();
    }

    private Future<Long> sweepLater(RetentionConfig config) {
        return vertx.executeBlocking(
                () -> {
                    try {
                        return sweep(config);
                    } catch (ExecutionException failed) {
                        throw (Exception) failed.getCause();
                    }
                },
                false);
    }

    @Test
    void oneNodeSweepsAtATime() throws Exception {
        SqlConnection other = Awaited.get(pool.getConnection());
        try {
            Awaited.get(other.query("SELECT pg_advisory_lock(%d)".formatted(RetentionBatches.LOCK))
                    .execute());
            assertThat(sweep(new RetentionConfig(Duration.ofMinutes(1), 0, NONE, 0, Duration.ofMinutes(1))))
                    .isZero();
        } finally {
            Awaited.get(other.query("SELECT pg_advisory_unlock(%d)".formatted(RetentionBatches.LOCK))
                    .execute());
            Awaited.get(other.close());
        }
        assertThat(deleted).isEmpty();
    }

    @Test
    void deepPagesOfTheHistoryAreRightAfterASweep() throws Exception {
        tasks.ask(TaskStore::tally);
        sweep(new RetentionConfig(NONE, 2500, NONE, 0, Duration.ofMinutes(1)));
        tasks.ask(TaskStore::tally);
        Row counted = Awaited.get(pool.query(
                                "SELECT coalesce(sum(finished), 0) + (SELECT count(*) FROM tally_block JOIN task"
                                        + " ON id >> 11 = block AND task.finished IS NOT NULL WHERE open) FROM tally WHERE owner IS NULL")
                        .execute())
                .iterator()
                .next();
        long untallied =
                count("finished IS NOT NULL AND id >> 11 > (SELECT coalesce(max(block), -1) FROM tally_block)");
        assertThat(counted.getLong(0) + untallied).isEqualTo(2500);
    }
}
