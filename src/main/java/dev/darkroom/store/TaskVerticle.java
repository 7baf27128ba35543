package dev.darkroom.store;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.Announcement;
import dev.darkroom.bus.BusFailure;
import dev.darkroom.bus.StoreMessage;
import dev.darkroom.bus.TaskNotice;
import dev.darkroom.bus.TraceParent;
import dev.darkroom.task.TaskState;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns this node's {@link TaskStore} and serves {@link StoreMessage}s at {@link Addresses#STORE}. One instance, on an
 * event loop. Its deployment fails with a {@link DatabaseException} if the database can't be used.
 */
public final class TaskVerticle extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(TaskVerticle.class);
    private static final int HISTORY_CONNECTIONS = 2;
    private static final long PATIENCE_MILLISECONDS = 12_000;

    private final DatabaseConfig config;
    private final PgConnectOptions database;
    private final boolean exclusive;
    private final Shares shares;
    private final Migrations migrations;

    private @Nullable QueueBell bell;
    private @Nullable StoreSweep sweep;
    private @Nullable Pool pool;
    private @Nullable Pool historyPool;
    private boolean unavailable;
    private boolean stopping;

    /**
     * To be called off the event loop, as it reads the migrations.
     *
     * @param database where it is, and who we are there
     * @param exclusive nobody else works on this database: tasks that are running at the start are handed back at once
     */
    public TaskVerticle(DatabaseConfig config, PgConnectOptions database, boolean exclusive) {
        this(config, database, exclusive, Shares.NONE);
    }

    /**
     * To be called off the event loop, as it reads the migrations.
     *
     * @param database where it is, and who we are there
     * @param exclusive nobody else works on this database: tasks that are running at the start are handed back at once
     * @param shares of the owners of tasks
     */
    public TaskVerticle(DatabaseConfig config, PgConnectOptions database, boolean exclusive, Shares shares) {
        this.shares = shares;
        this.config = config;
        this.database = database;
        this.exclusive = exclusive;
        this.migrations = Migrations.ofThisVersion();
    }

    @Override
    public Future<?> start() {
        Pool hot = TaskDatabase.pool(vertx, database, "tasks", config.poolSize() - HISTORY_CONNECTIONS);
        Pool history = TaskDatabase.pool(vertx, database, "history", HISTORY_CONNECTIONS);
        pool = hot;
        historyPool = history;
        TaskStore tasks = new PgTaskStore(hot, history, config, shares, System::nanoTime);
        QueueBell rings = new QueueBell(vertx, exclusive ? null : hot);
        StoreSweep sweeps = new StoreSweep(vertx, tasks, listener(), this::available, this::sweepFailed);
        bell = rings;
        sweep = sweeps;
        return migrations
                .apply(hot)
                .compose(migrated ->
                        exclusive ? tasks.recover(true) : Future.succeededFuture(new TaskStore.Recovery(0, List.of())))
                .onSuccess(recovery -> {
                    if (recovery.released() > 0) {
                        LOG.info("{} tasks that a worker left running wait again", recovery.released());
                    }
                    tell(recovery);
                })
                .compose(recovered -> tasks.paces())
                .compose(known -> exclusive ? Future.succeededFuture() : rings.listen(database))
                .compose(known -> {
                    vertx.eventBus().<TaskNotice>consumer(Addresses.TASKS, notice -> {
                        if (notice.body() instanceof TaskNotice.Load load) {
                            tasks.heard(load);
                        }
                    });
                    sweeps.start();
                    Patience patience = new Patience(vertx, PATIENCE_MILLISECONDS);
                    MessageConsumer<StoreMessage> consumer = vertx.eventBus().localConsumer(Addresses.STORE);
                    consumer.handler(message -> serve(tasks, patience, message));
                    return consumer.completion();
                })
                .recover(failure -> Future.failedFuture(
                        failure instanceof DatabaseException
                                ? failure
                                : new DatabaseException(
                                        "The database at %s:%d can't be used: %s"
                                                .formatted(
                                                        database.getHost(), database.getPort(), failure.getMessage()),
                                        failure)));
    }

    @Override
    public Future<?> stop() {
        stopping = true;
        if (sweep != null) {
            sweep.stop();
        }
        Pool hot = pool;
        Pool history = historyPool;
        return Future.join(
                bell == null ? Future.succeededFuture() : bell.close(),
                hot == null ? Future.succeededFuture() : hot.close(),
                history == null ? Future.succeededFuture() : history.close());
    }

    private void serve(TaskStore tasks, Patience patience, Message<StoreMessage> message) {
        StoreMessage body = message.body();
        Future<?> answer;
        try {
            answer = answer(tasks, body, message);
        } catch (RuntimeException defect) {
            answer = Future.failedFuture(defect);
        }
        Future<?> bounded = body instanceof StoreMessage.Delete ? answer : patience.bound(answer);
        bounded.onSuccess(reply -> message.reply(reply)).onFailure(cause -> {
            StoreFailure failure = StoreFailure.of(cause);
            if (failure.retryAfterSeconds() > 0) {
                message.reply(new StoreMessage.Refused(failure.getMessage(), failure.retryAfterSeconds()));
                return;
            }
            if (failure.kind() == BusFailure.INTERNAL) {
                LOG.error("{} failed", body.getClass().getSimpleName(), cause);
            } else if (failure.kind() == BusFailure.STORE_UNAVAILABLE) {
                unavailable(body.getClass().getSimpleName(), failure);
            }
            message.fail(failure.kind().code(), failure.getMessage());
        });
    }

    private Future<?> answer(TaskStore tasks, StoreMessage message, Message<?> carrier) {
        if (message instanceof StoreMessage.Find find) {
            return tasks.find(find);
        } else if (message instanceof StoreMessage.Submit submit) {
            return tasks.submit(submit.task().traced(TraceParent.of(carrier))).onSuccess(accepted -> added());
        } else if (message instanceof StoreMessage.Search search) {
            return tasks.search(search);
        } else if (message instanceof StoreMessage.Claim claim) {
            return tasks.claim(claim);
        } else if (message instanceof StoreMessage.Renew renew) {
            return tasks.renew(renew);
        } else if (message instanceof StoreMessage.Complete complete) {
            // whoever had as many tasks running as they may has one less
            return tasks.complete(complete).onSuccess(taken -> {
                if (!shares.bounded().isEmpty()) {
                    added();
                }
            });
        } else if (message instanceof StoreMessage.Release release) {
            return tasks.release(release).onSuccess(this::tell).map(true);
        } else if (message instanceof StoreMessage.RequestStop stop) {
            return tasks.requestStop(stop).onSuccess(stopping -> {
                if (stopping.outcome() == StoreMessage.StopOutcome.STOPPED) {
                    Announcement.publish(vertx, new TaskNotice.Ended(stop.taskId(), TaskState.STOPPED));
                }
            });
        } else if (message instanceof StoreMessage.OldestRunning oldest) {
            return tasks.oldestRunning(oldest);
        } else if (message instanceof StoreMessage.Count) {
            return tasks.count();
        } else if (message instanceof StoreMessage.Delete delete) {
            return tasks.delete(delete);
        }
        return answerRarer(tasks, message);
    }

    private static Future<?> answerRarer(TaskStore tasks, StoreMessage message) {
        if (message instanceof StoreMessage.Checkpoint checkpoint) {
            return tasks.checkpoint(checkpoint);
        } else if (message instanceof StoreMessage.Resume resume) {
            return tasks.checkpoints(resume);
        } else if (message instanceof StoreMessage.Saved saved) {
            return tasks.saved(saved);
        } else if (message instanceof StoreMessage.Remove remove) {
            return tasks.remove(remove);
        } else if (message instanceof StoreMessage.Measured measured) {
            return tasks.measured(measured.pace());
        } else if (message instanceof StoreMessage.ListPaces) {
            return tasks.paces();
        } else if (message instanceof StoreMessage.ClaimWebhooks claim) {
            return tasks.claimWebhooks(claim);
        } else if (message instanceof StoreMessage.SettleWebhook settle) {
            return tasks.settleWebhook(settle);
        }
        return Future.failedFuture(new StoreFailure(
                BusFailure.INVALID, "%s is an answer, not a question.".formatted(message.getClass()), null));
    }

    private StoreSweep.Listener listener() {
        return new StoreSweep.Listener() {
            @Override
            public void recovered(TaskStore.Recovery recovery) {
                if (recovery.released() > 0) {
                    LOG.warn("{} tasks of a node that went silent wait again", recovery.released());
                }
                tell(recovery);
            }

            @Override
            public void expired(List<TaskStore.EndedTask> ended) {
                tellEnds(ended);
            }
        };
    }

    private void sweepFailed(Throwable failure) {
        unavailable("sweep", StoreFailure.of(failure));
    }

    private void tellEnds(List<TaskStore.EndedTask> ended) {
        ended.forEach(task -> Announcement.publish(vertx, new TaskNotice.Ended(task.taskId(), task.state())));
    }

    private void tell(TaskStore.Recovery recovery) {
        tellEnds(recovery.ended());
        if (recovery.released() > 0) {
            added();
        }
    }

    /** Samplers are to look, and in a while somebody must look after them. */
    private void added() {
        if (bell != null && sweep != null) {
            bell.ring();
            sweep.wake();
        }
    }

    private void unavailable(String what, StoreFailure failure) {
        // what is asked in the moment of closing fails for that reason
        if (!unavailable && !stopping) {
            unavailable = true;
            LOG.error("The database fails, beginning with {}: {}", what, String.valueOf(failure.getCause()));
        }
    }

    private void available() {
        if (unavailable) {
            unavailable = false;
            LOG.info("The database answers again");
        }
    }
}
