package dev.darkroom.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.ClaimedTask;
import dev.darkroom.bus.StoreMessage.Claim;
import dev.darkroom.bus.StoreMessage.Claimed;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskState;
import io.vertx.core.Future;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How tasks are claimed that a server went silent over, each of which runs alone, and what is before and behind them. */
@ExtendWith(EmbeddedDatabase.class)
class SolitaryClaimsTest {

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
    void aTaskThatCrashedIsClaimedAloneByALaneThatIsEmpty() throws Exception {
        TaskId first = tasks.submit("o", 0);
        TaskId crashed = tasks.submit("o", 0);
        TaskId other = tasks.submit("o", 0);
        crash(crashed, other);
        TaskId last = tasks.submit("o", 0);
        // it is not the first
        assertThat(tasks.claim(10)).extracting(ClaimedTask::taskId).containsExactly(first);
        for (TaskId alone : new TaskId[] {crashed, other}) {
            assertThat(tasks.claim(10))
                    .singleElement()
                    .satisfies(task -> assertThat(task.taskId()).isEqualTo(alone))
                    .satisfies(task -> assertThat(task.crashes()).isEqualTo(1));
        }
        assertThat(tasks.claim(10)).extracting(ClaimedTask::taskId).containsExactly(last);
    }

    private static void crash(TaskId... crashed) throws Exception {
        tasks.sql("UPDATE task SET crashes = 1 WHERE task_id = ANY ($1)", (Object)
                Stream.of(crashed).map(TaskId::uuid).toArray(UUID[]::new));
    }

    @Test
    void aBusyLaneClaimsWhatIsBeforeATaskThatCrashedAndNothingBehindIt() throws Exception {
        TaskId crashed = tasks.submit("o", 3);
        crash(crashed);
        TaskId behind = tasks.submit("o", 3);
        assertThat(claimBusy(null).tasks()).isEmpty();
        assertThat(claimBusy(null).cut()).isTrue();
        TaskId urgent = tasks.submit("o", 100);
        assertThat(claimBusy(2).tasks()).extracting(ClaimedTask::taskId).containsExactly(urgent);
        urgent = tasks.submit("o", 100);
        assertThat(claimBusy(3).cut()).isFalse();
        assertThat(tasks.find(urgent).state()).isEqualTo(TaskState.RUNNING);
        assertThat(tasks.find(crashed).state()).isEqualTo(TaskState.PENDING);
        assertThat(tasks.claim(10)).extracting(ClaimedTask::taskId).containsExactly(crashed);
        assertThat(claimBusy(null).tasks()).extracting(ClaimedTask::taskId).containsExactly(behind);
        assertThat(claimBusy(null)).isEqualTo(new Claimed(List.of(), false));
    }

    @Test
    void anEmptyLaneGetsATaskThatCrashedThoughABusyOneLooksAtItInTheSameMoment() throws Exception {
        TaskId before = tasks.submit("o", 3);
        TaskId crashed = tasks.submit("o", 3);
        crash(crashed);
        TaskId behind = tasks.submit("o", 3);
        // a busy lane's claim that has not ended yet
        RowSet<Row> busy = tasks.within(
                claiming(10, false),
                () -> assertThat(tasks.claim(10))
                        .extracting(ClaimedTask::taskId)
                        .containsExactly(crashed));
        assertThat(busy).extracting(row -> row.getUUID("task_id")).containsExactly(before.uuid());
        assertThat(busy.iterator().next().getBoolean("cut")).isTrue();
        assertThat(tasks.find(before).state()).isEqualTo(TaskState.RUNNING);
        assertThat(claimBusy(null).tasks()).extracting(ClaimedTask::taskId).containsExactly(behind);
    }

    @Test
    void aLaneThatLooksForATaskWhichAnotherIsAboutToGetHearsThatThereMayBeMore() throws Exception {
        TaskId crashed = tasks.submit("o", 3);
        crash(crashed);
        TaskId behind = tasks.submit("o", 3);
        tasks.within(claiming(10, true), () -> {
            Claimed nothing =
                    tasks.ask(store -> store.claim(new Claim(StoreFixture.NODE, List.of("m"), 10, StoreFixture.LEASE)));
            assertThat(nothing).isEqualTo(new Claimed(List.of(), true));
        });
        assertThat(tasks.find(crashed).state()).isEqualTo(TaskState.RUNNING);
        assertThat(tasks.claim(10)).extracting(ClaimedTask::taskId).containsExactly(behind);
    }

    @Test
    void aClaimPassesWhatAnotherIsAboutToGetBeforeATaskThatCrashed() throws Exception {
        List<TaskId> before = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            before.add(tasks.submit("o", 3));
        }
        TaskId crashed = tasks.submit("o", 3);
        crash(crashed);
        tasks.submit("o", 3);
        tasks.within(claiming(2, false), () -> {
            assertThat(tasks.claim(3)).extracting(ClaimedTask::taskId).containsExactlyElementsOf(before.subList(2, 5));
            assertThat(claimBusy(null).tasks()).extracting(ClaimedTask::taskId).containsExactly(before.get(5));
        });
        assertThat(tasks.find(crashed).state()).isEqualTo(TaskState.PENDING);
    }

    @Test
    void aTaskThatCrashedOvertakesNoneThoughAllOfTheFirstAreAboutToBeClaimed() throws Exception {
        TaskId crashed = tasks.submit("o", -1);
        crash(crashed);
        tasks.sql("INSERT INTO task (task_id, kind, owner, model, prompt, request, images)"
                + " SELECT gen_random_uuid(), 'k', 'o', 'm', 'p', '{}', 1 FROM generate_series(1, 400)");
        tasks.within(claiming(300, false), () -> {
            Claimed nothing =
                    tasks.ask(store -> store.claim(new Claim(StoreFixture.NODE, List.of("m"), 10, StoreFixture.LEASE)));
            assertThat(nothing).isEqualTo(new Claimed(List.of(), true));
        });
        assertThat(tasks.claim(200)).hasSize(100);
        assertThat(tasks.claim(10)).extracting(ClaimedTask::taskId).containsExactly(crashed);
    }

    private static Claimed claimBusy(@Nullable Integer above) throws Exception {
        return tasks.ask(
                store -> store.claim(new Claim(StoreFixture.NODE, List.of("m"), 10, StoreFixture.LEASE, above, false)));
    }

    /** A claim of another lane, whose transaction does not end before its caller says so. */
    private static Function<SqlConnection, Future<RowSet<Row>>> claiming(long images, boolean empty) {
        return connection -> connection
                .preparedQuery(Claims.CLAIM_ANY)
                .execute(Tuple.of(new UUID(3, 4), new String[] {"m"}, images, 30.0, Integer.MIN_VALUE, empty));
    }
}
