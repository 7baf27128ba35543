package dev.darkroom.http.fooocus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.TaskRow;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskState;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerResponse;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What happens while the row of a task is read comes in before it; a reader hears each thing once and in its order. */
class TaskEventStreamTest {

    private static final TaskId TASK = TaskId.random();
    private static final TaskRow ROW = new TaskRow(
            1,
            TASK,
            "text-to-image",
            "ann",
            TaskState.RUNNING,
            0,
            "tiny",
            "{}",
            null,
            null,
            1,
            null,
            false,
            Instant.EPOCH,
            Instant.EPOCH,
            null,
            -1);

    private final List<String> sent = new ArrayList<>();

    private final HttpServerResponse response = (HttpServerResponse) Proxy.newProxyInstance(
            getClass().getClassLoader(), new Class<?>[] {HttpServerResponse.class}, (proxy, method, arguments) -> {
                if (method.getName().equals("write") || method.getName().equals("end")) {
                    sent.add(arguments[0].toString());
                    return Future.succeededFuture();
                }
                return method.getReturnType() == boolean.class ? false : proxy;
            });

    private TaskEventStream stream(EventId last) {
        return new TaskEventStream(
                response,
                new TaskEventFrames(),
                row -> "{}",
                end -> Future.succeededFuture(ROW),
                "http://here",
                last,
                1000);
    }

    private static TaskEvent.Progressed step(long sequence) {
        return new TaskEvent.Progressed(TASK, 1, sequence, 50, "step", 1, 2, 0, 1, null);
    }

    private static TaskEvent.ImageSaved image(long sequence, int index) {
        return new TaskEvent.ImageSaved(TASK, 1, sequence, new SavedImage(index, "day/a.png", 7, 64, 64));
    }

    /** Returns the sent frames as their id, or -, and their name. */
    private List<String> frames() {
        return sent.stream()
                .map(frame -> {
                    String id = frame.startsWith("id: ") ? frame.substring(4, frame.indexOf('\n')) : "-";
                    String name = frame.substring(frame.indexOf("event: ") + 7);
                    return id + " " + name.substring(0, name.indexOf('\n'));
                })
                .toList();
    }

    @Test
    void whatTheStateTellsIsNotToldAgain() {
        TaskEventStream stream = stream(EventId.NONE);
        stream.told(new TaskEvent.Started(TASK, 1, 0));
        stream.told(step(4));
        stream.told(step(5));
        stream.open(ROW, step(5));
        stream.told(step(6));
        assertThat(frames()).containsExactly("1.5 task", "1.6 progress");
    }

    @Test
    void anImageThatTheRowDidNotHoldYetIsToldWithoutGoingBackInTheIds() {
        TaskEventStream stream = stream(EventId.NONE);
        stream.told(image(4, 0));
        stream.told(step(5));
        stream.open(ROW, step(5));
        stream.told(image(6, 1));
        assertThat(frames()).containsExactly("1.5 task", "- image", "1.6 image");
    }

    @Test
    void whatIsNewerThanTheStateIsTold() {
        TaskEventStream stream = stream(EventId.NONE);
        stream.told(step(6));
        stream.open(ROW, step(5));
        assertThat(frames()).containsExactly("1.5 task", "1.6 progress");
    }

    @Test
    void aReaderThatComesBackHearsOnlyWhatIsBehindItsLastEvent() {
        TaskEventStream stream = stream(EventId.parse("1.5"));
        stream.told(step(5));
        stream.told(step(6));
        stream.open(ROW, step(6));
        stream.told(image(7, 0));
        assertThat(frames()).containsExactly("1.6 task", "1.7 image");
        sent.clear();
        TaskEventStream again = stream(EventId.parse("1.7"));
        again.open(ROW, image(7, 0));
        again.told(step(8));
        assertThat(frames()).containsExactly("1.8 progress");
    }
}
