package dev.darkroom.chaos;

import dev.darkroom.store.EmbeddedPostgres;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The nodes' database, which is restarted, and what its rows tell. */
final class ChaosDatabase implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 120;

    private final Path folder;
    private final Consumer<String> told;
    private final Vertx vertx = Vertx.vertx();
    private final Pool pool;
    private EmbeddedPostgres server;

    ChaosDatabase(Path folder, Consumer<String> told) {
        this.folder = folder;
        this.told = told;
        server = EmbeddedPostgres.start(folder, 0, told);
        pool = PgBuilder.pool()
                .with(new PoolOptions().setMaxSize(2))
                .connectingTo(server.connectOptions())
                .using(vertx)
                .build();
    }

    String uri() {
        PgConnectOptions at = server.connectOptions();
        return "postgresql://%s:%s@%s:%d/%s"
                .formatted(at.getUser(), at.getPassword(), at.getHost(), at.getPort(), at.getDatabase());
    }

    void restart() {
        int port = server.port();
        server.close();
        server = EmbeddedPostgres.start(folder, port, told);
    }

    /** Notes every end of a row from now on, whoever writes it. The nodes have made the tables. */
    void watchEnds() throws Exception {
        ask("CREATE TABLE chaos_end (task_id uuid NOT NULL)");
        ask("""
                CREATE FUNCTION chaos_end() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN INSERT INTO chaos_end VALUES (new.task_id); RETURN NULL; END $$""");
        ask("""
                CREATE TRIGGER chaos_end AFTER UPDATE ON task FOR EACH ROW
                WHEN (new.finished IS NOT NULL AND (old.finished IS NULL OR old.state <> new.state
                      OR old.result::text IS DISTINCT FROM new.result::text)) EXECUTE FUNCTION chaos_end()""");
    }

    /** Returns how many tasks have not ended. */
    long open() throws Exception {
        return number("SELECT count(*) FROM task WHERE finished IS NULL");
    }

    /** Returns how many of these tasks have finished. */
    int finished(Collection<String> tasks) throws Exception {
        int finished = 0;
        for (Row row : ask("SELECT task_id FROM task WHERE state = 'finished'")) {
            finished += tasks.contains(row.getUUID(0).toString().replace("-", "")) ? 1 : 0;
        }
        return finished;
    }

    /** Returns how many tasks ended more than once since {@link #watchEnds}. */
    long endedTwice() throws Exception {
        return number("SELECT count(*) FROM (SELECT FROM chaos_end GROUP BY task_id HAVING count(*) > 1) AS several");
    }

    /** Returns how many finished pictures are at one node alone. */
    long uncopied() throws Exception {
        return number("SELECT count(*) FROM picture WHERE kept AND copy IS NULL AND NOT gone");
    }

    /** Returns how many leases the node holds. */
    long leases(String node) throws Exception {
        return number("SELECT count(*) FROM task WHERE state = 'running' AND node = $1", UUID.fromString(node));
    }

    /** Returns the nodes that hold leases, first those that have kept how far an image is. */
    List<String> holders() throws Exception {
        List<String> nodes = new ArrayList<>();
        for (Row row : ask("""
                SELECT node FROM task LEFT JOIN checkpoint ON checkpoint.task = task.id
                WHERE task.state = 'running' GROUP BY node ORDER BY bool_or(step > 0) DESC NULLS LAST, random()""")) {
            nodes.add(row.getUUID(0).toString());
        }
        return nodes;
    }

    /** Returns the node that ran the task last, or nothing. */
    String runner(String task) throws Exception {
        UUID node = ask("SELECT node FROM task WHERE task_id = $1::text::uuid", task)
                .iterator()
                .next()
                .getUUID(0);
        return node == null ? "" : node.toString();
    }

    private long number(String sql, Object... parameters) throws Exception {
        return ask(sql, parameters).iterator().next().getLong(0);
    }

    /** Asks again while the database restarts. */
    RowSet<Row> ask(String sql, Object... parameters) throws Exception {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            try {
                return pool.preparedQuery(sql)
                        .execute(Tuple.from(parameters))
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get(30, TimeUnit.SECONDS);
            } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException away) {
                if (System.nanoTime() > until) {
                    throw away;
                }
                TimeUnit.MILLISECONDS.sleep(100);
            }
        }
    }

    @Override
    public void close() {
        vertx.close()
                .toCompletionStage()
                .toCompletableFuture()
                .orTimeout(1, TimeUnit.MINUTES)
                .join();
        server.close();
    }
}
