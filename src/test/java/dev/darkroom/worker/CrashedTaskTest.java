package dev.darkroom.worker;

import static dev.darkroom.worker.LaneStage.request;
import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.BusFailure;
import dev.darkroom.bus.StoreMessage;
import dev.darkroom.task.TaskId;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tasks that a server went silent over: the next may end as well. */
final class CrashedTaskTest {

    /** How many leases there were whenever a text of a task was encoded that had crashed. */
    private final Queue<Integer> company = new ConcurrentLinkedQueue<>();

    private LaneStage stage;

    @BeforeEach
    void open() throws Exception {
        stage = new LaneStage(8);
        stage.undeploy();
        stage.model.onText = text -> {
            if (text.contains("crashed")) {
                company.add(stage.store.running());
            }
        };
    }

    @AfterEach
    void close() throws Exception {
        stage.close();
    }

    private TaskId add(String prompt, int steps, int crashes) {
        TaskId task = TaskId.random();
        stage.store.addCrashed(
                task,
                "null",
                request(1).put("prompt", prompt).put("overwrite_step", steps).encode(),
                crashes);
        return task;
    }

    private TaskId completed() throws InterruptedException {
        StoreMessage.Complete complete = stage.store.completed.poll(30, TimeUnit.SECONDS);
        assertThat(complete).isNotNull();
        return complete.taskId();
    }

    @Test
    void aTaskThatCrashedOnceRunsAlone() throws Exception {
        TaskId first = add("first", 150, 0);
        TaskId second = add("second", 100, 0);
        TaskId crashed = add("crashed", 3, 1);
        TaskId behind = add("behind", 3, 0);
        stage.deploy();
        // the two share calls, and the shorter one ends before; whoever is short would overtake them otherwise
        assertThat(completed()).isEqualTo(second);
        assertThat(completed()).isEqualTo(first);
        assertThat(completed()).isEqualTo(crashed);
        assertThat(completed()).isEqualTo(behind);
        assertThat(company).isNotEmpty().containsOnly(1);
    }

    @Test
    void aBusyLaneLeavesItInTheQueueAndClaimsWhatIsMoreUrgent() throws Exception {
        CountDownLatch served = new CountDownLatch(1);
        stage.model.beforeCall = () -> dawdle(served);
        TaskId neighbour = add("neighbour", 900, 0);
        TaskId crashed = add("crashed", 3, 1);
        TaskId behind = add("behind", 3, 0);
        stage.deploy();
        TaskId urgent = TaskId.random();
        stage.store.add(urgent, "null", request(1).put("overwrite_step", 3).encode(), 100);
        assertThat(completed()).isEqualTo(urgent);
        assertThat(stage.store.isPending(crashed)).isTrue();
        assertThat(stage.store.isPending(behind)).isTrue();
        served.countDown();
        assertThat(completed()).isEqualTo(neighbour);
        assertThat(completed()).isEqualTo(crashed);
        assertThat(completed()).isEqualTo(behind);
        assertThat(company).isNotEmpty().containsOnly(1);
    }

    /** Has a call take long until then. */
    private static void dawdle(CountDownLatch until) {
        try {
            until.await(20, TimeUnit.MILLISECONDS);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void aTaskWhoseEndCanNotBeWrittenYetStandsInNobodysWay() throws Exception {
        TaskId first = add("first", 3, 0);
        stage.store.endless.put(first, BusFailure.STORE_UNAVAILABLE);
        TaskId crashed = add("crashed", 3, 1);
        stage.store.endless.put(crashed, BusFailure.STORE_UNAVAILABLE);
        TaskId behind = add("behind", 3, 0);
        stage.deploy();
        assertThat(completed()).isEqualTo(behind);
        stage.store.endless.clear();
        assertThat(new TaskId[] {completed(), completed()}).containsExactlyInAnyOrder(first, crashed);
    }

    @Test
    void severalThatCrashedRunOneAfterTheOther() throws Exception {
        List<TaskId> tasks = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            tasks.add(add("crashed " + i, i == 0 ? 30 : 3, 1));
        }
        stage.deploy();
        List<TaskId> ended = new ArrayList<>();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(40);
        // the look that the lane takes every five seconds would find them in a minute
        while (ended.size() < tasks.size() && System.nanoTime() < end) {
            StoreMessage.Complete complete = stage.store.completed.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (complete != null) {
                ended.add(complete.taskId());
            }
        }
        assertThat(ended).isEqualTo(tasks);
        assertThat(company).isNotEmpty().containsOnly(1);
    }

    @Test
    void aLaneThatMeetsOneWhichAnotherIsAboutToGetLooksAgainSoonAndNotAllTheTime() throws Exception {
        stage.store.crashedAreLocked = true;
        TaskId crashed = add("crashed", 3, 1);
        TaskId behind = add("behind", 3, 0);
        int looks = 12;
        CountDownLatch looked = new CountDownLatch(looks);
        stage.store.onClaim = looked::countDown;
        long begin = System.nanoTime();
        stage.deploy();
        // at the look that the lane takes every five seconds this would be a minute
        assertThat(looked.await(40, TimeUnit.SECONDS)).isTrue();
        // each a timer after the one before, but for the looks at the start and when a model has come
        assertThat(System.nanoTime() - begin).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(500));
        assertThat(stage.store.isPending(behind)).isTrue();
        stage.store.crashedAreLocked = false;
        assertThat(completed()).isEqualTo(crashed);
        assertThat(completed()).isEqualTo(behind);
    }
}
