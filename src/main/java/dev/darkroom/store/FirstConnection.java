package dev.darkroom.store;

import dev.darkroom.bus.LoneClassPath;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads the database driver: its first connection reads some hundred classes and computes a password's proof, which on a
 * laden machine takes seconds. This makes one and throws it away, on an event loop that serves nobody.
 */
public final class FirstConnection {

    private static final Logger LOG = LoggerFactory.getLogger(FirstConnection.class);
    private static final int PATIENCE_SECONDS = 15;

    private FirstConnection() {}

    /** Blocks until that is done. A database that can't be reached is no failure here: the next connection tells why. */
    public static void makeAndClose(PgConnectOptions database) {
        // of its own, as Vert.x warns of an instance that is made on another one's thread
        Thread thread = new Thread(() -> connect(database), "first-connection");
        thread.start();
        try {
            thread.join();
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
        }
    }

    private static void connect(PgConnectOptions database) {
        VertxOptions options = new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1)
                .setPreferNativeTransport(true)
                // it is here to be blocked
                .setMaxEventLoopExecuteTime(1)
                .setMaxEventLoopExecuteTimeUnit(TimeUnit.HOURS);
        Vertx vertx = LoneClassPath.within(() -> Vertx.vertx(options));
        try {
            Pool pool = TaskDatabase.pool(vertx, database, "first", 1);
            pool.withTransaction(connection -> connection
                            .preparedQuery("SELECT $1::uuid, $2::text, $3::bigint[], now(), true, 1")
                            .execute(Tuple.of(new UUID(0, 0), "", new Long[] {1L})))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException unreachable) {
            LOG.debug("The first connection failed", unreachable);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            vertx.close();
        }
    }
}
