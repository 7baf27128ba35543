package dev.darkroom.store;

import dev.darkroom.bus.BusFailure;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Statements for threads that may block. They run on the event loop that this was made on, so that a caller on a worker
 * waits for nothing that would have to run on its own thread.
 */
final class BlockingPool {

    private static final long PAUSE_MILLISECONDS = 500;

    private final Context context;
    private final Pool pool;

    /** To be called on an event loop's context, or on a thread that is not Vert.x's. */
    BlockingPool(Vertx vertx, PgConnectOptions database, String name, int size) {
        this.context = vertx.getOrCreateContext();
        this.pool = TaskDatabase.pool(vertx, database, name, size);
    }

    /** Asks once. */
    RowSet<Row> ask(String sql, Tuple parameters) throws IOException {
        return ask(sql, parameters, Duration.ZERO);
    }

    /** Asks again for so long while the database does not answer. */
    RowSet<Row> ask(String sql, Tuple parameters, Duration patience) throws IOException {
        long end = System.nanoTime() + patience.toNanos();
        while (true) {
            try {
                return once(sql, parameters);
            } catch (IOException failure) {
                boolean passing = failure.getCause() instanceof StoreFailure store
                        && store.kind() == BusFailure.STORE_UNAVAILABLE;
                if (!passing || System.nanoTime() >= end) {
                    throw failure;
                }
                pause();
            }
        }
    }

    private RowSet<Row> once(String sql, Tuple parameters) throws IOException {
        CompletableFuture<RowSet<Row>> answer = new CompletableFuture<>();
        context.runOnContext(now -> pool.preparedQuery(sql)
                .execute(parameters)
                .onComplete(answer::complete, answer::completeExceptionally));
        try {
            return answer.get(2 * TaskDatabase.PATIENCE_MILLISECONDS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException refused) {
            StoreFailure failure = StoreFailure.of(refused.getCause());
            throw new IOException(failure.getMessage(), failure);
        } catch (TimeoutException late) {
            StoreFailure failure = StoreFailure.of(late);
            throw new IOException(failure.getMessage(), failure);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the database was asked");
        }
    }

    private static void pause() throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the database was waited for");
        }
    }

    Future<Void> close() {
        return pool.close();
    }
}
