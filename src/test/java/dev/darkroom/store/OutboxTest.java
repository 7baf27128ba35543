package dev.darkroom.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.ClaimedTask;
import dev.darkroom.bus.NewTask;
import dev.darkroom.bus.StoreMessage;
import dev.darkroom.bus.StoreMessage.ClaimWebhooks;
import dev.darkroom.bus.StoreMessage.Complete;
import dev.darkroom.bus.StoreMessage.DueWebhook;
import dev.darkroom.bus.StoreMessage.DueWebhooks;
import dev.darkroom.bus.StoreMessage.RequestStop;
import dev.darkroom.bus.StoreMessage.SettleWebhook;
import dev.darkroom.bus.Terms;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgConnectOptions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(EmbeddedDatabase.class)
class OutboxTest {

    private static StoreFixture tasks;

    @BeforeAll
    static void open(PgConnectOptions database) throws Exception {
        tasks = new StoreFixture(database, 1000);
    }

    @AfterAll
    static void close() throws Exception {
        tasks.close();
    }

    @BeforeEach
    void empty() throws Exception {
        tasks.clear();
    }

    private static TaskId submit(String url) throws Exception {
        NewTask plain = StoreFixture.task("o", 0, null);
        NewTask task = new NewTask(
                plain.taskId(),
                plain.kind(),
                plain.owner(),
                plain.priority(),
                plain.model(),
                plain.prompt(),
                plain.requestJson(),
                plain.images(),
                null,
                new Terms(null, Duration.ofHours(1), url, "http://base", null, null));
        return tasks.ask(store -> store.submit(task)).taskId();
    }

    private static List<DueWebhook> claim(int limit, int perHost, String... busy) throws Exception {
        return claims(limit, perHost, Duration.ofMinutes(1), busy).due();
    }

    private static DueWebhooks claims(int limit, int perHost, Duration lease, String... busy) throws Exception {
        return tasks.ask(store -> store.claimWebhooks(new ClaimWebhooks(limit, perHost, List.of(busy), lease)));
    }

    private static boolean settle(SettleWebhook message) throws Exception {
        return tasks.ask(store -> store.settleWebhook(message));
    }

    private static TaskId stopped(String url) throws Exception {
        TaskId id = submit(url);
        tasks.ask(store -> store.requestStop(new RequestStop(id, null)));
        return id;
    }

    private static JsonObject delivery(TaskId id) throws Exception {
        return new JsonObject(tasks.find(id).more().webhookJson());
    }

    @Test
    void everyEndEntersTheOutboxAndNothingElseDoes() throws Exception {
        TaskId stopped = stopped("http://a.example/x");
        TaskId expired = submit("http://a.example/x");
        tasks.sql("UPDATE task SET expires = now() - interval '1 s' WHERE task_id = $1", expired.uuid());
        tasks.ask(TaskStore::expire);
        TaskId finished = submit("http://a.example/x");
        TaskId crashed = submit("http://a.example/x");
        TaskId waits = submit("http://a.example/x");
        tasks.submit("o", 0);
        List<ClaimedTask> claimed = tasks.claim(2);
        assertThat(claimed).extracting(ClaimedTask::taskId).containsExactly(finished, crashed);
        tasks.ask(store -> store.complete(new Complete(finished, 1, TaskState.FINISHED, TaskResult.EMPTY, null)));
        tasks.sql("UPDATE task SET crashes = 99 WHERE task_id = $1", crashed.uuid());
        tasks.ask(store -> store.recover(true));
        TaskId silent = tasks.submit("o", 0);
        tasks.ask(store -> store.requestStop(new RequestStop(silent, null)));

        List<DueWebhook> due = claim(10, 10);
        assertThat(due)
                .extracting(webhook -> webhook.row().taskId())
                .containsExactlyInAnyOrder(stopped, expired, finished, crashed)
                .doesNotContain(waits);
        assertThat(due)
                .extracting(webhook -> webhook.row().state())
                .containsExactlyInAnyOrder(
                        TaskState.STOPPED, TaskState.TIMED_OUT, TaskState.FINISHED, TaskState.FAILED);
        assertThat(due).extracting(DueWebhook::baseUrl).containsOnly("http://base");
        assertThat(due).extracting(DueWebhook::host).containsOnly("a.example");
        assertThat(due).extracting(DueWebhook::attempt).containsOnly(1);
        assertThat(claim(10, 10)).isEmpty();
    }

    @Test
    void aRefusedEndTellsNobody() throws Exception {
        submit("http://a.example/x");
        ClaimedTask task = tasks.claim(1).get(0);
        Boolean taken = tasks.ask(
                store -> store.complete(new Complete(task.taskId(), 7, TaskState.FINISHED, TaskResult.EMPTY, null)));
        assertThat(taken).isFalse();
        assertThat(claim(10, 10)).isEmpty();
    }

    @Test
    void twoNodesNeverGetTheSame() throws Exception {
        for (int i = 0; i < 40; i++) {
            stopped("http://a.example/" + i);
        }
        List<Future<DueWebhooks>> claims = Stream.generate(() -> tasks.future(
                        store -> store.claimWebhooks(new ClaimWebhooks(5, 100, List.of(), Duration.ofMinutes(1)))))
                .limit(12)
                .toList();
        int sum = 0;
        List<Long> seen = new java.util.ArrayList<>();
        for (Future<DueWebhooks> claim : claims) {
            List<DueWebhook> due = Awaited.get(claim).due();
            sum += due.size();
            due.forEach(webhook -> seen.add(webhook.row().id()));
        }
        assertThat(seen).doesNotHaveDuplicates().hasSize(sum);
    }

    @Test
    void oneReceiverLeavesPlacesForOthersAndABusyOneGetsNone() throws Exception {
        for (int i = 0; i < 6; i++) {
            stopped("http://slow.example:8080/" + i);
        }
        stopped("https://User:x@Fast.example/hook");
        assertThat(claim(10, 2, "slow.example:8080"))
                .extracting(DueWebhook::host)
                .containsExactly("fast.example");
        assertThat(claim(10, 2)).extracting(DueWebhook::host).containsExactly("slow.example:8080", "slow.example:8080");
    }

    @Test
    void theOutcomeStandsInTheRecord() throws Exception {
        TaskId id = stopped("http://a.example/x");
        assertThat(delivery(id).getString("state")).isEqualTo("pending");
        DueWebhook first = claim(1, 1).get(0);
        long row = first.row().id();
        assertThat(settle(new SettleWebhook(row, 1, false, Duration.ofHours(2), 503, "It said 503.")))
                .isTrue();
        JsonObject later = delivery(id);
        assertThat(later.getString("state")).isEqualTo("pending");
        assertThat(later.getInteger("last_status")).isEqualTo(503);
        assertThat(later.getString("last_error")).isEqualTo("It said 503.");
        assertThat(later.getLong("next_attempt_mills") - later.getLong("last_attempt_mills"))
                .isBetween(7_190_000L, 7_300_000L);
        DueWebhooks none = claims(10, 10, Duration.ofMinutes(1));
        assertThat(none.due()).isEmpty();
        assertThat(none.nextMillis()).isBetween(7_000_000L, 7_200_000L);

        tasks.sql("UPDATE webhook SET due = now()");
        DueWebhook second = claim(1, 1).get(0);
        assertThat(second.attempt()).isEqualTo(2);
        assertThat(settle(new SettleWebhook(row, 1, true, null, 200, null)))
                .as("an older attempt")
                .isFalse();
        assertThat(settle(new SettleWebhook(row, 2, true, null, 204, null))).isTrue();
        JsonObject delivered = delivery(id);
        assertThat(delivered.getString("state")).isEqualTo("delivered");
        assertThat(delivered.getInteger("attempts")).isEqualTo(2);
        assertThat(delivered.getValue("last_error")).isNull();
        tasks.sql("UPDATE webhook SET last_attempt = now()");
        assertThat(claims(10, 10, Duration.ofMinutes(1))).isEqualTo(new DueWebhooks(List.of(), -1));
    }

    @Test
    void aNodeThatDiesLosesItsLeaseAndGivingUpIsForever() throws Exception {
        TaskId id = stopped("http://a.example/x");
        assertThat(claims(1, 1, Duration.ZERO).due()).hasSize(1);
        DueWebhook again = claim(1, 1).get(0);
        assertThat(again.attempt()).isEqualTo(2);
        settle(new SettleWebhook(again.row().id(), 2, false, null, 410, "Gone."));
        assertThat(delivery(id).getString("state")).isEqualTo("failed");
        assertThat(claim(1, 1)).isEmpty();
        assertThat(tasks.ask(store -> store.remove(new StoreMessage.Remove(id, null)))
                        .result())
                .isNotNull();
        assertThat(tasks.sql("SELECT FROM webhook")).isZero();
    }
}
