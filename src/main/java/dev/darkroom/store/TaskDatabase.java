package dev.darkroom.store;

import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.util.concurrent.TimeUnit;

/** How this node talks to its database: connections that give up rather than hang. */
final class TaskDatabase {

    /** After this a statement is given up by the database. Searches and deletions may take as long as well. */
    static final int STATEMENT_SECONDS = 10;

    /** After this a statement that the database itself did not give up has lost its connection. */
    static final long PATIENCE_MILLISECONDS = STATEMENT_SECONDS * 1000L + 1000;

    private static final int CONNECT_MILLISECONDS = 2000;

    /** Ample: on a laden machine the first connection loads classes on the event loop for seconds. */
    private static final int ACQUIRE_MILLISECONDS = 10_000;

    private static final int MOST_WAITING = 100_000;
    private static final int LONGEST_STATEMENT = 16_384;

    private TaskDatabase() {}

    /** Makes a pool; it connects when it is first used, and again whenever a connection was lost. */
    static Pool pool(Vertx vertx, PgConnectOptions database, String name, int size) {
        PgConnectOptions options = new PgConnectOptions(database)
                .setCachePreparedStatements(true)
                .setPreparedStatementCacheMaxSize(128)
                // longer ones would be planned each time, and nobody would notice when one grows beyond the limit
                .setPreparedStatementCacheSqlLimit(LONGEST_STATEMENT)
                .addProperty("application_name", "darkroom " + name)
                .addProperty("client_min_messages", "warning")
                // every statement has its index; by statistics from before a large change the planner would go without
                .addProperty("enable_seqscan", "off")
                // neither compiled code nor further processes are worth their start to statements of milliseconds
                .addProperty("jit", "off")
                .addProperty("max_parallel_workers_per_gather", "0")
                .addProperty("statement_timeout", STATEMENT_SECONDS + "s");
        NetClientOptions net = new NetClientOptions()
                .setConnectTimeout(CONNECT_MILLISECONDS)
                .setTcpNoDelay(true)
                .setTcpKeepAlive(true)
                .setTcpUserTimeout((int) PATIENCE_MILLISECONDS);
        PoolOptions poolOptions = new PoolOptions()
                .setName(name)
                .setMaxSize(size)
                .setMaxWaitQueueSize(MOST_WAITING)
                .setConnectionTimeout(ACQUIRE_MILLISECONDS)
                .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS);
        return PgBuilder.pool()
                .with(poolOptions)
                .connectingTo(options)
                .using(vertx)
                .build();
    }
}
