package dev.darkroom.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.BusFailure;
import dev.darkroom.bus.StoreMessage.Accepted;
import dev.darkroom.bus.StoreMessage.ClaimedTask;
import dev.darkroom.bus.StoreMessage.Complete;
import dev.darkroom.bus.StoreMessage.NewTask;
import dev.darkroom.bus.StoreMessage.Release;
import dev.darkroom.bus.StoreMessage.Remove;
import dev.darkroom.bus.StoreMessage.Saved;
import dev.darkroom.bus.StoreMessage.TaskRow;
import dev.darkroom.bus.StoreMessage.Terms;
import dev.darkroom.bus.TaskNotice;
import dev.darkroom.diffusion.LatencyCurve;
import dev.darkroom.forecast.DeviceWork;
import dev.darkroom.forecast.Forecast;
import dev.darkroom.task.PaceBook;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import dev.darkroom.task.Workload;
import io.vertx.core.Future;
import io.vertx.pgclient.PgConnectOptions;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a task keeps to beside its request. */
@ExtendWith(EmbeddedDatabase.class)
class TermsTest {

    private static final Workload WORK = new Workload(4096, "euler", true, 10, 1);

    private StoreFixture tasks;

    /** Each test has a store of its own, since a store remembers how full its queue was. */
    @BeforeEach
    void open(PgConnectOptions database) throws Exception {
        tasks = new StoreFixture(database, 5);
        tasks.clear();
    }

    @AfterEach
    void close() throws Exception {
        tasks.close();
    }

    private static NewTask task(@Nullable String key, Terms terms) {
        NewTask plain = StoreFixture.task("ann", 0, key);
        return new NewTask(
                plain.taskId(), plain.kind(), "ann", 0, "m", plain.prompt(), plain.requestJson(), 1, key, terms);
    }

    private static Terms digest(@Nullable String digest) {
        return new Terms(null, null, null, "", digest, null);
    }

    private TaskId submit(Terms terms) throws Exception {
        return tasks.ask(store -> store.submit(task(null, terms))).taskId();
    }

    @Test
    void theSameKeyMustComeWithTheSameRequest() throws Exception {
        Accepted first = tasks.ask(store -> store.submit(task("k", digest("aa"))));
        Accepted again = tasks.ask(store -> store.submit(task("k", digest("aa"))));
        assertThat(again).isEqualTo(first);
        Throwable other = Awaited.failure(tasks.future(store -> store.submit(task("k", digest("bb")))));
        assertThat(StoreFailure.of(other).kind()).isEqualTo(BusFailure.KEY_REUSED);
        Future<Accepted> one = tasks.future(store -> store.submit(task("two", digest("aa"))));
        Future<Accepted> two = tasks.future(store -> store.submit(task("two", digest("bb"))));
        Awaited.get(one);
        assertThat(StoreFailure.of(Awaited.failure(two)).kind()).isEqualTo(BusFailure.KEY_REUSED);
    }

    @Test
    void aFullQueueStillKnowsWhomItHasAndTellsOthersWhenToCome() throws Exception {
        Accepted first = tasks.ask(store -> store.submit(task("mine", digest("aa"))));
        for (int i = 0; i < 4; i++) {
            submit(Terms.NONE);
        }
        Throwable full = Awaited.failure(tasks.future(store -> store.submit(task(null, Terms.NONE))));
        assertThat(StoreFailure.of(full).kind()).isEqualTo(BusFailure.QUEUE_FULL);
        assertThat(StoreFailure.of(full).retryAfterSeconds()).isPositive();
        Accepted again = tasks.ask(store -> store.submit(task("mine", digest("aa"))));
        assertThat(again).isEqualTo(first);
    }

    @Test
    void whatWaitsTooLongIsTimedOutAndWhatRunsIsNot() throws Exception {
        TaskId impatient = submit(new Terms(null, Duration.ofMillis(1), null, "", null, null));
        TaskId patient = submit(new Terms(null, Duration.ofHours(1), null, "", null, null));
        TaskId old = submit(Terms.NONE);
        tasks.sql("UPDATE task SET submitted = submitted - interval '8 days' WHERE task_id = $1", old.uuid());
        TaskId young = submit(Terms.NONE);
        tasks.sql("UPDATE task SET expires = now() - interval '1 s' WHERE task_id = $1", impatient.uuid());
        assertThat(tasks.ask(TaskStore::expire))
                .extracting(TaskStore.EndedTask::taskId)
                .containsExactlyInAnyOrder(impatient, old);
        TaskRow row = tasks.find(impatient);
        assertThat(row.state()).isEqualTo(TaskState.TIMED_OUT);
        assertThat(row.finished()).isNotNull();
        assertThat(row.error()).isNotBlank();
        assertThat(tasks.find(patient).state()).isEqualTo(TaskState.PENDING);
        assertThat(tasks.claim(10)).extracting(ClaimedTask::taskId).containsExactly(patient, young);
        tasks.sql("UPDATE task SET expires = now() - interval '1 s', submitted = submitted - interval '9 days'");
        assertThat(tasks.ask(TaskStore::expire)).isEmpty();
    }

    @Test
    void aClaimBringsTheTimeLimitOfTheTaskOrTheServers() throws Exception {
        submit(new Terms(Duration.ofSeconds(5), null, null, "", null, WORK));
        submit(new Terms(Duration.ofDays(400), null, null, "", null, null));
        submit(Terms.NONE);
        List<ClaimedTask> claimed = tasks.claim(3);
        assertThat(claimed)
                .extracting(ClaimedTask::timeout)
                .containsExactly(Duration.ofSeconds(5), Duration.ofDays(1), Duration.ofDays(1));
        assertThat(claimed).extracting(ClaimedTask::work).containsExactly(WORK, null, null);
    }

    @Test
    void savedImagesAreSeenWhileTheLeaseHoldsAndNeverFewer() throws Exception {
        TaskId id = submit(Terms.NONE);
        tasks.claim(1);
        SavedImage one = new SavedImage(0, "d/a.png", 1, 8, 8);
        SavedImage two = new SavedImage(1, "d/b.png", 2, 8, 8);
        assertThat(saved(id, 2, one)).isFalse();
        assertThat(saved(id, 1, one, two)).isTrue();
        assertThat(saved(id, 1, one)).isFalse();
        assertThat(tasks.find(id).more().savedJson()).contains("d/a.png", "d/b.png");
        tasks.ask(store -> store.release(new Release(List.of(new dev.darkroom.bus.StoreMessage.Lease(id, 1)))));
        tasks.claim(1);
        assertThat(tasks.find(id).more().savedJson())
                .as("another attempt begins anew")
                .isNull();
        tasks.ask(store -> store.complete(new Complete(id, 2, TaskState.FINISHED, TaskResult.EMPTY, null)));
        assertThat(saved(id, 2, one)).isFalse();
    }

    private boolean saved(TaskId id, int attempt, SavedImage... images) throws Exception {
        return tasks.ask(store -> store.saved(new Saved(id, attempt, List.of(images))));
    }

    @Test
    void onlyTheOwnerDeletesAndOnlyWhatHasEnded() throws Exception {
        TaskId id = submit(Terms.NONE);
        assertThat(tasks.ask(store -> store.remove(new Remove(id, "ann"))).result())
                .isNull();
        tasks.claim(1);
        TaskResult result = new TaskResult(List.of(new SavedImage(0, "d/a.png", 1, 8, 8)), List.of());
        tasks.ask(store -> store.complete(new Complete(id, 1, TaskState.FINISHED, result, null)));
        assertThat(tasks.ask(store -> store.remove(new Remove(id, "bob"))).result())
                .isNull();
        assertThat(tasks.ask(store -> store.remove(new Remove(id, "ann"))).result())
                .isEqualTo(result);
        assertThat(tasks.find(id)).isNull();
    }

    @Test
    void theTimeLeftComesFromMeasuredStepsAndWhatIsAhead() throws Exception {
        TaskId runs = submit(new Terms(null, null, null, "", null, WORK));
        TaskId next = submit(new Terms(null, null, null, "", null, WORK));
        tasks.claim(1);
        assertThat(tasks.find(next).more().millisLeft()).isNull();
        PaceBook.Pace pace = new PaceBook.Pace(PaceBook.Key.of("m", WORK), 100_000, 0, 1);
        tasks.ask(store -> store.measured(pace));
        UUID device = UUID.randomUUID();
        tasks.ask(store -> {
            DeviceWork.Effort effort = Forecast.effort("m", WORK, pace);
            DeviceWork.Job job = new DeviceWork.Job(runs, 0, effort, List.of(new DeviceWork.Image(5, 0)), 0);
            LatencyCurve.Point point = new LatencyCurve.Point(2, 100_000, 5);
            DeviceWork.Speed speed = new DeviceWork.Speed("m", WORK.pixels(), List.of(point));
            store.heard(new TaskNotice.Load(device, new DeviceWork(1, 0, List.of(job), List.of(speed))));
            return Future.succeededFuture();
        });
        submit(Terms.NONE);
        // the clock runs meanwhile
        assertThat(tasks.find(runs).more().millisLeft()).isBetween(400_000L, 500_000L);
        assertThat(tasks.find(next).more().millisLeft()).isBetween(1_400_000L, 1_500_000L);
        assertThat(tasks.ask(TaskStore::paces).paces()).containsExactly(pace);
        tasks.ask(store -> {
            store.heard(new TaskNotice.Load(device, null));
            return Future.succeededFuture();
        });
        assertThat(tasks.find(runs).more().millisLeft()).isNull();
    }
}
