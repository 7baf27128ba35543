package dev.darkroom.store;

import dev.darkroom.bus.ClaimedTask;
import dev.darkroom.bus.NewTask;
import dev.darkroom.bus.StoreMessage;
import dev.darkroom.bus.TaskRow;
import dev.darkroom.task.TaskId;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Transaction;
import io.vertx.sqlclient.Tuple;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A store over a database, on an event loop of its own. */
final class StoreFixture {

    static final Duration LEASE = Duration.ofSeconds(30);
    static final UUID NODE = new UUID(1, 2);

    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();
    private final Pool pool;
    private final Pool history;
    private final int capacity;
    private TaskStore store;

    private final Shares shares;

    StoreFixture(PgConnectOptions database, int capacity) throws Exception {
        this(database, capacity, Shares.NONE);
    }

    StoreFixture(PgConnectOptions database, int capacity, Shares shares) throws Exception {
        this.shares = shares;
        pool = TaskDatabase.pool(vertx, database, "test", 6);
        history = TaskDatabase.pool(vertx, database, "test history", 2);
        Migrations migrations = Migrations.ofThisVersion();
        Awaited.get(migrations.apply(pool));
        this.capacity = capacity;
        store = newStore();
    }

    private TaskStore newStore() {
        return new PgTaskStore(
                pool, history, new DatabaseConfig("", Path.of("unused"), 0, 8, capacity), shares, System::nanoTime);
    }

    /** Asks the store on its event loop. */
    <T> T ask(Function<TaskStore, Future<T>> question) throws Exception {
        return Awaited.get(future(question));
    }

    /** Asks the store on its event loop, without waiting. */
    <T> Future<T> future(Function<TaskStore, Future<T>> question) {
        io.vertx.core.Promise<T> promise = io.vertx.core.Promise.promise();
        loop.runOnContext(now -> question.apply(store).onComplete(promise));
        return promise.future();
    }

    /** Asks the database beside the store. */
    RowSet<Row> rows(String sql) throws Exception {
        return Awaited.get(pool.query(sql).execute());
    }

    /** Runs SQL beside the store. */
    long sql(String sql, Object... parameters) throws Exception {
        return Awaited.get(pool.preparedQuery(sql).execute(Tuple.from(List.of(parameters))))
                .rowCount();
    }

    /** Something that may fail. */
    interface Step {
        void run() throws Exception;
    }

    /** Runs statements in a transaction that ends when {@code meanwhile} has run. */
    <T> T within(Function<SqlConnection, Future<T>> statements, Step meanwhile) throws Exception {
        SqlConnection connection = Awaited.get(pool.getConnection());
        try {
            Transaction transaction = Awaited.get(connection.begin());
            T result = Awaited.get(statements.apply(connection));
            meanwhile.run();
            Awaited.get(transaction.commit());
            return result;
        } finally {
            Awaited.get(connection.close());
        }
    }

    /** Empties the database, and forgets what the store remembers of it, such as how full the queue was. */
    void clear() throws Exception {
        Awaited.get(pool.query("TRUNCATE task, webhook, checkpoint, retention_left, pace, tally, tally_block"
                        + " RESTART IDENTITY")
                .execute());
        store = newStore();
    }

    TaskId submit(String owner, int priority) throws Exception {
        return ask(store -> store.submit(task(owner, priority, null))).taskId();
    }

    static NewTask task(String owner, int priority, @Nullable String key) {
        return task(owner, priority, key, 1);
    }

    static NewTask task(String owner, int priority, @Nullable String key, int images) {
        return new NewTask(
                TaskId.random(),
                "text-to-image",
                owner,
                priority,
                "m",
                "a Cat 100%_sure",
                "{\"prompt\": \"a cat\"}",
                images,
                key);
    }

    @Nullable
    TaskRow find(TaskId id) throws Exception {
        return ask(store -> store.find(new StoreMessage.Find(id, null))).row();
    }

    List<ClaimedTask> claim(int images) throws Exception {
        return ask(store -> store.claim(new StoreMessage.Claim(NODE, List.of("m"), images, LEASE)))
                .tasks();
    }

    void close() throws Exception {
        Awaited.get(vertx.close());
    }
}
