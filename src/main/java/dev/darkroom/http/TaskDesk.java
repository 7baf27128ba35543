package dev.darkroom.http;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.BusFailure;
import dev.darkroom.bus.NewTask;
import dev.darkroom.bus.NodeMessage;
import dev.darkroom.bus.StoreMessage;
import dev.darkroom.bus.TaskRow;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Asks for tasks over the event bus. Safe from any thread. A failed future carries a ReplyException. */
public final class TaskDesk {

    private static final DeliveryOptions LOCAL = new DeliveryOptions().setLocalOnly(true);

    private final Vertx vertx;
    private final Admission admission;

    TaskDesk(Vertx vertx, Admission admission) {
        this.vertx = vertx;
        this.admission = admission;
    }

    /** Keeps a task, if its owner's key may have one more; done once it is durable. */
    public Future<StoreMessage.Accepted> submit(NewTask task) {
        return admission.admit(
                task.owner(),
                this,
                () -> this.<Object>ask(new StoreMessage.Submit(task))
                        .recover(failure -> Future.failedFuture(named(failure, task.idempotencyKey())))
                        .compose(TaskDesk::accepted));
    }

    private static Throwable named(Throwable failure, @Nullable String key) {
        if (failure instanceof ReplyException reply
                && reply.failureType() == ReplyFailure.RECIPIENT_FAILURE
                && BusFailure.ofCode(reply.failureCode()) == BusFailure.KEY_REUSED) {
            List<Object> location = List.of("header", "Idempotency-Key");
            return ApiException.invalid(List.of(Detail.valueError(location, reply.getMessage(), key)));
        }
        return failure;
    }

    private static Future<StoreMessage.Accepted> accepted(Object answer) {
        return answer instanceof StoreMessage.Refused refused
                ? Future.failedFuture(
                        new ApiException(new ApiError.Later(429, refused.sentence(), refused.retryAfterSeconds())))
                : Future.succeededFuture((StoreMessage.Accepted) answer);
    }

    /** Deletes an ended task; gives what it left, or null if there is none such. */
    public Future<@Nullable TaskResult> remove(TaskId task, @Nullable String owner) {
        return this.<StoreMessage.Removed>ask(new StoreMessage.Remove(task, owner))
                .map(StoreMessage.Removed::result);
    }

    /** Returns the row, or null; a null owner means anybody's. */
    public Future<@Nullable TaskRow> find(TaskId task, @Nullable String owner) {
        return this.<StoreMessage.Found>ask(new StoreMessage.Find(task, owner)).map(StoreMessage.Found::row);
    }

    /** Returns one page of rows. */
    public Future<List<TaskRow>> search(StoreMessage.Filter filter, StoreMessage.Page page) {
        return this.<StoreMessage.Rows>ask(new StoreMessage.Search(filter, page))
                .map(StoreMessage.Rows::rows);
    }

    /** Deletes ended tasks. */
    public Future<StoreMessage.Deleted> delete(StoreMessage.Filter filter) {
        return ask(new StoreMessage.Delete(filter));
    }

    /** Counts tasks by state. */
    public Future<StoreMessage.Counts> count() {
        return ask(new StoreMessage.Count());
    }

    /** Returns the owner's oldest running task, or null. */
    public Future<@Nullable TaskRow> oldestRunning(String owner) {
        return this.<StoreMessage.Found>ask(new StoreMessage.OldestRunning(owner))
                .map(StoreMessage.Found::row);
    }

    /** Ends a task: its row says so first, then its node hears it. */
    public Future<StoreMessage.Stopping> stop(TaskId task, @Nullable String owner) {
        return this.<StoreMessage.Stopping>ask(new StoreMessage.RequestStop(task, owner))
                .onSuccess(stopping -> {
                    if (stopping.outcome() == StoreMessage.StopOutcome.REQUESTED && stopping.node() != null) {
                        vertx.eventBus().send(Addresses.node(stopping.node()), new NodeMessage.Stop(task));
                    }
                });
    }

    /** Asks the row's node to leave out the task's lowest unfinished image. */
    public void skip(TaskRow row) {
        if (row.node() != null) {
            vertx.eventBus().send(Addresses.node(row.node()), new NodeMessage.Skip(row.taskId()));
        }
    }

    private <R> Future<R> ask(StoreMessage message) {
        return vertx.eventBus().<R>request(Addresses.STORE, message, LOCAL).map(Message::body);
    }
}
