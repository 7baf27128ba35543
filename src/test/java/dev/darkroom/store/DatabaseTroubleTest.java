package dev.darkroom.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.BusFailure;
import dev.darkroom.bus.ClaimedTask;
import dev.darkroom.bus.MessageCodecs;
import dev.darkroom.bus.StoreMessage;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.sqlclient.Pool;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database that restarts, drops connections or is full: what was acknowledged stays, and work goes on. */
final class DatabaseTroubleTest {

    private static final UUID NODE = new UUID(1, 1);
    private static final Duration LEASE = Duration.ofMinutes(1);

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private EmbeddedPostgres database;

    @BeforeEach
    void start() throws Exception {
        database = EmbeddedPostgres.start(folder.resolve("postgres"), 0, sentence -> {});
        MessageCodecs.register(vertx);
        DatabaseConfig config = new DatabaseConfig("", Path.of("unused"), 0, 4, 1000);
        TaskVerticle verticle = new TaskVerticle(config, database.connectOptions(), false);
        Awaited.get(vertx.deployVerticle(verticle));
    }

    @AfterEach
    void stop() throws Exception {
        Awaited.get(vertx.close());
        database.close();
    }

    @Test
    void whatWasAcknowledgedOutlivesARestartAndALeaseHeldBeforeIsStillGood() throws Exception {
        List<TaskId> acknowledged = new ArrayList<>();
        acknowledged.add(submit());
        acknowledged.add(submit());
        StoreMessage.Claimed claimed = ask(new StoreMessage.Claim(NODE, List.of("m"), 1, LEASE));
        ClaimedTask running = claimed.tasks().get(0);
        database.close();
        assertThat(refusal(new StoreMessage.Submit(StoreFixture.task("o", 0, null))))
                .isEqualTo(BusFailure.STORE_UNAVAILABLE);
        assertThat(refusal(end(running))).isEqualTo(BusFailure.STORE_UNAVAILABLE);
        database = EmbeddedPostgres.start(folder.resolve("postgres"), database.port(), sentence -> {});
        acknowledged.add(submitOnceItAnswers());
        for (TaskId task : acknowledged) {
            StoreMessage.Found found = ask(new StoreMessage.Find(task, null));
            assertThat(found.row()).isNotNull();
        }
        Boolean taken = ask(end(running));
        assertThat(taken).isTrue();
    }

    @Test
    void droppedConnectionsAreMadeAgain() throws Exception {
        TaskId before = submit();
        Pool other = TaskDatabase.pool(vertx, database.connectOptions(), "other", 1);
        long dropped = Awaited.get(other.query(
                                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                                        + " AND backend_type = 'client backend'")
                        .execute())
                .rowCount();
        assertThat(dropped).isPositive();
        TaskId after = submitOnceItAnswers();
        for (TaskId task : List.of(before, after)) {
            StoreMessage.Found found = ask(new StoreMessage.Find(task, null));
            assertThat(found.row().state()).isEqualTo(TaskState.PENDING);
        }
    }

    @Test
    void aFullDiskRefusesSubmissionsUntilThereIsRoomAgain() throws Exception {
        Pool other = TaskDatabase.pool(vertx, database.connectOptions(), "other", 1);
        Awaited.get(other.query("""
                        CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
                        BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
                        CREATE TRIGGER full_disk BEFORE INSERT ON task FOR EACH ROW EXECUTE FUNCTION full_disk()""").execute());
        assertThat(refusal(new StoreMessage.Submit(StoreFixture.task("o", 0, null))))
                .isEqualTo(BusFailure.STORE_UNAVAILABLE);
        Awaited.get(other.query("DROP TRIGGER full_disk ON task").execute());
        assertThat(submit()).isNotNull();
    }

    private static StoreMessage.Complete end(ClaimedTask task) {
        return new StoreMessage.Complete(task.taskId(), task.attempt(), TaskState.FINISHED, TaskResult.EMPTY, null);
    }

    private TaskId submit() throws Exception {
        StoreMessage.Accepted accepted = ask(new StoreMessage.Submit(StoreFixture.task("o", 0, null)));
        return accepted.taskId();
    }

    /** As a client that comes again whenever it is told to. */
    private TaskId submitOnceItAnswers() throws Exception {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            try {
                return submit();
            } catch (Exception notYet) {
                assertThat(failure(notYet)).isEqualTo(BusFailure.STORE_UNAVAILABLE);
                assertThat(System.nanoTime()).isLessThan(until);
            }
        }
    }

    private BusFailure refusal(StoreMessage message) throws Exception {
        return failure(Awaited.failure(vertx.eventBus().request(Addresses.STORE, message)));
    }

    private static BusFailure failure(Throwable failure) {
        Throwable cause = failure instanceof ReplyException ? failure : failure.getCause();
        assertThat(cause).isInstanceOf(ReplyException.class);
        return BusFailure.ofCode(((ReplyException) cause).failureCode());
    }

    private <T> T ask(StoreMessage message) throws Exception {
        return Awaited.get(vertx.eventBus().<T>request(Addresses.STORE, message))
                .body();
    }
}
