package dev.darkroom.bus;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.darkroom.bus.StoreMessage.Find;
import dev.darkroom.bus.StoreMessage.Found;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import io.vertx.core.eventbus.EventBus;
import java.util.UUID;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at a task's row where the bus said too little. */
final class RecordedState {

    private static final Logger LOG = LoggerFactory.getLogger(RecordedState.class);
    private static final ObjectMapper JSON =
            new ObjectMapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);

    private final EventBus bus;

    RecordedState(EventBus bus) {
        this.bus = bus;
    }

    /** Gives the task's end as its row has it, if it has ended. */
    void end(TaskId task, Consumer<TaskEvent.Ended> reader) {
        find(task, row -> {
            if (row.state().terminal()) {
                reader.accept(ended(row));
            }
        });
    }

    /** Returns a terminal row's end. */
    static TaskEvent.Ended ended(TaskRow row) {
        return new TaskEvent.Ended(
                row.taskId(), row.attempt(), Long.MAX_VALUE, row.state(), resultOf(row), row.error());
    }

    /** Gives the node that runs the task, if one does. */
    void runningOn(TaskId task, Consumer<UUID> reader) {
        find(task, row -> {
            if (row.state() == TaskState.RUNNING && row.node() != null) {
                reader.accept(row.node());
            }
        });
    }

    /** Gives the task's row, if there is one and the database answers. */
    void find(TaskId task, Consumer<TaskRow> reader) {
        bus.<Found>request(Addresses.STORE, new Find(task, null))
                .onSuccess(reply -> {
                    TaskRow row = reply.body().row();
                    if (row != null) {
                        reader.accept(row);
                    }
                })
                // the reader's own look at the row will have to do
                .onFailure(failure -> LOG.debug("The row of task {} can't be read", task, failure));
    }

    private static TaskResult resultOf(TaskRow row) {
        if (row.resultJson() == null) {
            return TaskResult.EMPTY;
        }
        try {
            return JSON.readValue(row.resultJson(), TaskResult.class);
        } catch (JsonProcessingException unreadable) {
            LOG.error("The result of task {} can't be read", row.taskId(), unreadable);
            return TaskResult.EMPTY;
        }
    }
}
