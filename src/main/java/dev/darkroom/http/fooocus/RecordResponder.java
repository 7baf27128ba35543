package dev.darkroom.http.fooocus;

import dev.darkroom.bus.TaskRow;
import dev.darkroom.http.ApiError;
import dev.darkroom.http.PublicAddress;
import dev.darkroom.http.TaskDesk;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskState;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** Answers with the full record; of a task that failed or timed out with the reason alone. */
final class RecordResponder extends RowResponder {

    private final RecordWriter records;

    RecordResponder(TaskDesk tasks, RecordWriter records, PublicAddress address) {
        super(tasks, address);
        this.records = records;
    }

    @Override
    protected @Nullable ApiError refusal(TaskEvent.Ended end) {
        return end.state() == TaskState.FAILED || end.state() == TaskState.TIMED_OUT ? failure(end) : null;
    }

    @Override
    protected Future<String> json(TaskRow row, String base) {
        return Future.succeededFuture(records.write(row, base));
    }

    /** Returns what a client that waits is told of a task that failed or timed out. */
    static ApiError failure(TaskEvent.Ended end) {
        boolean late = end.state() == TaskState.TIMED_OUT;
        String sentence = end.error() != null ? end.error() : late ? "The task took too long." : "The task failed.";
        return new ApiError.OfTask(late ? 504 : 500, sentence, end.taskId());
    }
}
