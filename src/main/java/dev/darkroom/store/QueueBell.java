package dev.darkroom.store;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.TaskNotice;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.pubsub.PgSubscriber;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the samplers of all nodes that tasks wait: those of this node by the bus, the others through the database that
 * they share. The database is told outside of any task's transaction, since a NOTIFY inside would make commits wait for
 * each other, and at most once every 20 ms, whatever arrives. A bell that is not heard costs time, not tasks: samplers
 * look by themselves every few seconds. For one event loop.
 */
final class QueueBell {

    private static final Logger LOG = LoggerFactory.getLogger(QueueBell.class);
    private static final String CHANNEL = "darkroom_queue";
    private static final String NOTIFY = "SELECT pg_notify('" + CHANNEL + "', $1)";
    private static final long HERE_APART_MILLISECONDS = 5;
    private static final long EVERYWHERE_APART_MILLISECONDS = 20;
    private static final long MOST_PATIENCE_MILLISECONDS = 5_000;
    private static final DeliveryOptions HERE = new DeliveryOptions().setLocalOnly(true);

    private final Vertx vertx;
    private final @Nullable Pool pool;
    private final String self = UUID.randomUUID().toString();
    private final Rhythm here;
    private final Rhythm everywhere;
    private @Nullable PgSubscriber subscriber;

    /** @param pool of the database that nodes share, or null if nobody else uses it */
    QueueBell(Vertx vertx, @Nullable Pool pool) {
        this.vertx = vertx;
        this.pool = pool;
        here = new Rhythm(vertx, HERE_APART_MILLISECONDS, this::tellHere);
        everywhere = new Rhythm(vertx, EVERYWHERE_APART_MILLISECONDS, this::tellEverywhere);
    }

    /** Begins to hear other nodes; reconnects by itself whenever the connection is lost. */
    Future<Void> listen(PgConnectOptions database) {
        PgSubscriber made = PgSubscriber.subscriber(
                vertx, new PgConnectOptions(database).addProperty("application_name", "darkroom bell"));
        subscriber = made;
        made.reconnectPolicy(retries -> Math.min(MOST_PATIENCE_MILLISECONDS, 100L << Math.min(retries, 6)));
        made.channel(CHANNEL)
                // what was rung while nobody listened is made up for
                .subscribeHandler(listening -> here.beat())
                .handler(ringer -> {
                    if (!ringer.equals(self)) {
                        here.beat();
                    }
                });
        return made.connect();
    }

    /** Tasks wait. */
    void ring() {
        here.beat();
        if (pool != null) {
            everywhere.beat();
        }
    }

    private void tellHere() {
        vertx.eventBus().publish(Addresses.TASKS, new TaskNotice.Added(), HERE);
    }

    private void tellEverywhere() {
        if (pool != null) {
            pool.preparedQuery(NOTIFY)
                    .execute(Tuple.of(self))
                    .onFailure(failure -> LOG.debug("Other nodes can't be told of new tasks now", failure));
        }
    }

    Future<Void> close() {
        return subscriber == null ? Future.succeededFuture() : subscriber.close();
    }

    /** Does something at once, and then not again for some milliseconds, however often it is asked to. */
    private static final class Rhythm {
        private final Vertx vertx;
        private final long apart;
        private final Runnable deed;
        private boolean lately;
        private boolean again;

        Rhythm(Vertx vertx, long apartMilliseconds, Runnable deed) {
            this.vertx = vertx;
            this.apart = apartMilliseconds;
            this.deed = deed;
        }

        void beat() {
            if (lately) {
                again = true;
                return;
            }
            lately = true;
            deed.run();
            vertx.setTimer(apart, timer -> {
                lately = false;
                if (again) {
                    again = false;
                    beat();
                }
            });
        }
    }
}
