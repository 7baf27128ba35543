package dev.darkroom.store;

import dev.darkroom.output.OutputStore;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs {@link Retention} now and then, over a connection of its own. One instance, where anything is to be deleted. */
public final class RetentionVerticle extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(RetentionVerticle.class);

    private final RetentionConfig config;
    private final PgConnectOptions database;
    private final OutputStore outputs;
    private @Nullable Pool pool;
    private Future<?> sweep = Future.succeededFuture();
    private boolean stopping;

    public RetentionVerticle(RetentionConfig config, PgConnectOptions database, OutputStore outputs) {
        this.config = config;
        this.database = database;
        this.outputs = outputs;
    }

    @Override
    public Future<?> start() {
        Pool connection = TaskDatabase.pool(vertx, database, "retention", 1);
        pool = connection;
        Retention retention = new Retention(vertx, connection, config, outputs);
        vertx.setPeriodic(config.every().toMillis(), timer -> {
            if (sweep.isComplete() && !stopping) {
                sweep = retention.sweep().onFailure(this::tell);
            }
        });
        return Future.succeededFuture();
    }

    private void tell(Throwable failure) {
        if (!stopping) {
            LOG.warn("Old tasks can't be deleted now, and will be later: {}", failure.getMessage());
        }
    }

    @Override
    public Future<?> stop() {
        stopping = true;
        Pool connection = pool;
        return connection == null ? Future.succeededFuture() : connection.close();
    }
}
