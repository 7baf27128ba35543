package dev.darkroom.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.BusFailure;
import dev.darkroom.bus.ClaimedTask;
import dev.darkroom.bus.NewTask;
import dev.darkroom.bus.StoreMessage.Accepted;
import dev.darkroom.bus.StoreMessage.Claim;
import dev.darkroom.bus.StoreMessage.Claimed;
import dev.darkroom.bus.StoreMessage.Complete;
import dev.darkroom.bus.StoreMessage.Find;
import dev.darkroom.bus.StoreMessage.Lease;
import dev.darkroom.bus.StoreMessage.OldestRunning;
import dev.darkroom.bus.StoreMessage.Release;
import dev.darkroom.bus.StoreMessage.Renew;
import dev.darkroom.bus.StoreMessage.RequestStop;
import dev.darkroom.bus.StoreMessage.StopOutcome;
import dev.darkroom.bus.TaskRow;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import io.vertx.core.Future;
import io.vertx.pgclient.PgConnectOptions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(EmbeddedDatabase.class)
class PgTaskStoreTest {

    private static final TaskResult RESULT =
            new TaskResult(List.of(new SavedImage(0, "2026-11-21/x.png", 7, 64, 64)), List.of());

    private static StoreFixture tasks;

    @BeforeAll
    static void open(PgConnectOptions database) throws Exception {
        tasks = new StoreFixture(database, 200);
    }

    @AfterAll
    static void close() throws Exception {
        tasks.close();
    }

    @BeforeEach
    void empty() throws Exception {
        tasks.clear();
    }

    @Test
    void aSubmittedTaskIsFoundWithItsRequestUnchanged() throws Exception {
        String request = "{\"z\": 9223372036854775807,  \"a\": \"\\u0000 \\ud83d\\ude00 é\"}";
        NewTask task = new NewTask(TaskId.random(), "kind", "ann", 3, "m", "p\0q", request, 2, null);
        Accepted accepted = tasks.ask(store -> store.submit(task));
        TaskRow row = tasks.find(task.taskId());
        assertThat(row.requestJson()).isEqualTo(request);
        assertThat(row.id()).isEqualTo(accepted.id());
        assertThat(row.state()).isEqualTo(TaskState.PENDING);
        assertThat(row.owner()).isEqualTo("ann");
        assertThat(row.priority()).isEqualTo(3);
        assertThat(row.submitted()).isNotNull();
        assertThat(row.finished()).isNull();
        assertThat(row.resultJson()).isNull();
        assertThat(tasks.ask(store -> store.find(new Find(task.taskId(), "bob")))
                        .row())
                .isNull();
        assertThat(tasks.ask(store -> store.find(new Find(task.taskId(), "ann")))
                        .row())
                .isNotNull();
        assertThat(tasks.find(TaskId.random())).isNull();
    }

    @Test
    void submissionsThatArriveTogetherAreAllKeptInTheirOrder() throws Exception {
        List<Future<Accepted>> futures = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            futures.add(tasks.future(store -> store.submit(StoreFixture.task("o", 0, null))));
        }
        List<Long> ids = new ArrayList<>();
        for (Future<Accepted> future : futures) {
            ids.add(Awaited.get(future).id());
        }
        assertThat(ids).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void aSpoiltSubmissionSpoilsNoOther() throws Exception {
        NewTask spoilt = new NewTask(TaskId.random(), "k", "o", 0, "m", "p", "{not json", 1, null);
        Future<Accepted> first = tasks.future(store -> store.submit(StoreFixture.task("o", 0, null)));
        Future<Accepted> good = tasks.future(store -> store.submit(StoreFixture.task("o", 0, null)));
        Future<Accepted> bad = tasks.future(store -> store.submit(spoilt));
        Future<Accepted> alsoGood = tasks.future(store -> store.submit(StoreFixture.task("o", 0, null)));
        Awaited.get(first);
        Awaited.get(good);
        Awaited.get(alsoGood);
        assertThat(StoreFailure.of(Awaited.failure(bad)).kind()).isEqualTo(BusFailure.INVALID);
    }

    @Test
    void theSameKeyOfTheSameOwnerIsKeptOnce() throws Exception {
        Accepted first = tasks.ask(store -> store.submit(StoreFixture.task("ann", 0, "key")));
        Accepted again = tasks.ask(store -> store.submit(StoreFixture.task("ann", 0, "key")));
        Accepted other = tasks.ask(store -> store.submit(StoreFixture.task("bob", 0, "key")));
        assertThat(again).isEqualTo(first);
        assertThat(other).isNotEqualTo(first);
        Future<Accepted> one = tasks.future(store -> store.submit(StoreFixture.task("ann", 0, "together")));
        Future<Accepted> two = tasks.future(store -> store.submit(StoreFixture.task("ann", 0, "together")));
        Future<Accepted> three = tasks.future(store -> store.submit(StoreFixture.task("ann", 0, "together")));
        assertThat(Awaited.get(two)).isEqualTo(Awaited.get(one)).isEqualTo(Awaited.get(three));
    }

    @Test
    void aFullQueueRefusesAndTakesAgainWhenThereIsRoom() throws Exception {
        List<Future<Accepted>> futures = new ArrayList<>();
        for (int i = 0; i < 205; i++) {
            futures.add(tasks.future(store -> store.submit(StoreFixture.task("o", 0, null))));
        }
        int refused = 0;
        for (Future<Accepted> future : futures) {
            Throwable failure = future.transform(done -> Future.succeededFuture(done.cause()))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get();
            if (failure != null) {
                assertThat(StoreFailure.of(failure).kind()).isEqualTo(BusFailure.QUEUE_FULL);
                refused++;
            }
        }
        assertThat(refused).isEqualTo(5);
        tasks.claim(10);
        // a full queue is believed to be full for 50 ms
        long end = System.nanoTime() + 30_000_000_000L;
        boolean accepted = false;
        while (!accepted && System.nanoTime() < end) {
            accepted = tasks.ask(store -> store.submit(StoreFixture.task("o", 0, null))
                    .transform(done -> Future.succeededFuture(done.succeeded())));
        }
        assertThat(accepted).isTrue();
    }

    @Test
    void tasksAreClaimedByPriorityThenAge() throws Exception {
        TaskId old = tasks.submit("o", 0);
        TaskId young = tasks.submit("o", 0);
        TaskId urgent = tasks.submit("o", 9);
        assertThat(tasks.find(young).position()).isEqualTo(2);
        assertThat(tasks.find(urgent).position()).isZero();
        List<ClaimedTask> claimed = tasks.claim(10);
        assertThat(claimed).extracting(ClaimedTask::taskId).containsExactly(urgent, old, young);
        assertThat(claimed).extracting(ClaimedTask::attempt).containsOnly(1);
        assertThat(tasks.find(old).position()).isEqualTo(-1);
        assertThat(tasks.find(old).node()).isEqualTo(StoreFixture.NODE);
        assertThat(tasks.ask(store -> store.oldestRunning(new OldestRunning("o")))
                        .row()
                        .taskId())
                .isEqualTo(old);
    }

    @Test
    void aClaimTakesNoFurtherTaskOnceItHasImagesEnough() throws Exception {
        for (int images : new int[] {2, 3, 1, 1}) {
            NewTask task = StoreFixture.task("o", 0, null, images);
            tasks.ask(store -> store.submit(task));
        }
        assertThat(tasks.claim(4)).hasSize(2);
        assertThat(tasks.claim(1)).hasSize(1);
        assertThat(tasks.claim(9)).hasSize(1);
    }

    @Test
    void claimersNeverShareATask() throws Exception {
        List<Future<Accepted>> submitted = new ArrayList<>();
        // room is left for those whom another test's full queue told to come again
        for (int i = 0; i < 180; i++) {
            submitted.add(tasks.future(store -> store.submit(StoreFixture.task("o", 0, null))));
        }
        for (Future<Accepted> future : submitted) {
            Awaited.get(future);
        }
        List<Future<Claimed>> claims = new ArrayList<>();
        for (int i = 0; i < 90; i++) {
            UUID node = new UUID(0, i);
            claims.add(
                    tasks.future(store -> store.claim(new Claim(node, List.of("m", "other"), 3, StoreFixture.LEASE))));
        }
        Set<TaskId> seen = new HashSet<>();
        for (Future<Claimed> claim : claims) {
            Awaited.get(claim)
                    .tasks()
                    .forEach(task -> assertThat(seen.add(task.taskId())).isTrue());
        }
        tasks.claim(200).forEach(task -> assertThat(seen.add(task.taskId())).isTrue());
        assertThat(seen).hasSize(180);
    }

    @Test
    void onlyTheHolderOfTheLeaseCompletes() throws Exception {
        TaskId id = tasks.submit("o", 0);
        assertThat(complete(id, 0, TaskState.FINISHED)).isFalse();
        tasks.claim(1);
        assertThat(complete(id, 0, TaskState.FINISHED)).isFalse();
        assertThat(complete(id, 1, TaskState.FINISHED)).isTrue();
        assertThat(complete(id, 1, TaskState.FAILED)).isFalse();
        TaskRow row = tasks.find(id);
        assertThat(row.state()).isEqualTo(TaskState.FINISHED);
        assertThat(TaskRows.result(row.resultJson())).isEqualTo(RESULT);
        assertThat(row.finished()).isAfterOrEqualTo(row.started());
        assertThat(tasks.ask(TaskStore::count).finished()).isPositive();
    }

    private static boolean complete(TaskId id, int attempt, TaskState state) throws Exception {
        return tasks.ask(store -> store.complete(new Complete(id, attempt, state, RESULT, null)));
    }

    @Test
    void aLapsedLeaseGoesToSomebodyElseAndItsOldHolderIsRefused() throws Exception {
        TaskId id = tasks.submit("o", 0);
        tasks.claim(1);
        assertThat(tasks.ask(store -> store.recover(false)).released()).isZero();
        tasks.sql("UPDATE task SET lease_until = now() - interval '1 s'");
        assertThat(tasks.ask(store -> store.recover(false)).released()).isEqualTo(1);
        assertThat(tasks.claim(1)).extracting(ClaimedTask::attempt).containsExactly(2);
        assertThat(complete(id, 1, TaskState.FINISHED)).isFalse();
        assertThat(tasks.ask(store -> store.renew(renewal(id, 1))).held()).isEmpty();
        assertThat(tasks.ask(store -> store.renew(renewal(id, 2))).held()).hasSize(1);
    }

    private static Renew renewal(TaskId id, int attempt) {
        return new Renew(StoreFixture.NODE, List.of(new Lease(id, attempt)), StoreFixture.LEASE);
    }

    @Test
    void aTaskThatCrashesThreeTimesFailsWithTheReason() throws Exception {
        TaskId id = tasks.submit("o", 0);
        for (int crash = 1; crash <= 3; crash++) {
            assertThat(tasks.claim(1)).hasSize(1);
            tasks.ask(store -> store.recover(true));
        }
        TaskRow row = tasks.find(id);
        assertThat(row.state()).isEqualTo(TaskState.FAILED);
        assertThat(row.error()).contains("died 3 times");
        assertThat(TaskRows.result(row.resultJson())).isEqualTo(TaskResult.EMPTY);
    }

    @Test
    void aStopEndsAPendingTaskAndIsToldToTheWorkerOfARunningOne() throws Exception {
        TaskId running = tasks.submit("o", 1);
        TaskId pending = tasks.submit("o", 0);
        tasks.claim(1);
        assertThat(stop(pending, "o")).isEqualTo(StopOutcome.STOPPED);
        assertThat(stop(pending, "o")).isEqualTo(StopOutcome.ENDED);
        assertThat(stop(running, "somebody else")).isEqualTo(StopOutcome.UNKNOWN);
        assertThat(stop(running, null)).isEqualTo(StopOutcome.REQUESTED);
        assertThat(tasks.ask(store -> store.renew(renewal(running, 1)))
                        .held()
                        .get(0)
                        .stopRequested())
                .isTrue();
        assertThat(tasks.claim(5)).isEmpty();
        assertThat(tasks.find(pending).state()).isEqualTo(TaskState.STOPPED);
        assertThat(tasks.ask(store -> store.release(new Release(List.of(new Lease(running, 1)))))
                        .ended())
                .hasSize(1);
        assertThat(tasks.find(running).state()).isEqualTo(TaskState.STOPPED);
    }

    private static StopOutcome stop(TaskId id, String owner) throws Exception {
        return tasks.ask(store -> store.requestStop(new RequestStop(id, owner))).outcome();
    }

    @Test
    void aReleasedTaskWaitsInItsOldPlace() throws Exception {
        TaskId first = tasks.submit("o", 0);
        TaskId second = tasks.submit("o", 0);
        tasks.claim(1);
        assertThat(tasks.ask(store -> store.release(new Release(List.of(new Lease(first, 1)))))
                        .released())
                .isEqualTo(1);
        assertThat(tasks.find(first).started()).isNull();
        assertThat(tasks.claim(2)).extracting(ClaimedTask::taskId).containsExactly(first, second);
    }
}
