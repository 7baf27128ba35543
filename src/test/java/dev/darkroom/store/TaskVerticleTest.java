package dev.darkroom.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.BusFailure;
import dev.darkroom.bus.MessageCodecs;
import dev.darkroom.bus.NewTask;
import dev.darkroom.bus.StoreMessage;
import dev.darkroom.bus.TaskNotice;
import dev.darkroom.task.TaskState;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(EmbeddedDatabase.class)
class TaskVerticleTest {

    private static final DatabaseConfig CONFIG = new DatabaseConfig("", Path.of("unused"), 0, 4, 1000);

    private final Vertx vertx = Vertx.vertx();
    private final Promise<TaskNotice> added = Promise.promise();
    private final Promise<TaskNotice> ended = Promise.promise();

    @BeforeEach
    void listen() throws Exception {
        MessageCodecs.register(vertx);
        var notices = vertx.eventBus().<TaskNotice>localConsumer(Addresses.TASKS);
        notices.handler(
                message -> (message.body() instanceof TaskNotice.Ended ? ended : added).tryComplete(message.body()));
        Awaited.get(notices.completion());
    }

    @AfterEach
    void close() throws Exception {
        Awaited.get(vertx.close());
    }

    private <T> T ask(StoreMessage message) throws Exception {
        return Awaited.get(vertx.eventBus().<T>request(Addresses.STORE, message))
                .body();
    }

    @Test
    void itServesTheBusAndTellsWhatOthersMustHear(PgConnectOptions database) throws Exception {
        String deployment = Awaited.get(vertx.deployVerticle(new TaskVerticle(CONFIG, database, true)));
        NewTask task = StoreFixture.task("o", 0, null);
        StoreMessage.Accepted accepted = ask(new StoreMessage.Submit(task));
        assertThat(accepted.taskId()).isEqualTo(task.taskId());
        assertThat(Awaited.get(added.future())).isInstanceOf(TaskNotice.Added.class);
        StoreMessage.Counts counts = ask(new StoreMessage.Count());
        assertThat(counts.pending()).isEqualTo(1);
        StoreMessage.Stopping stopping = ask(new StoreMessage.RequestStop(task.taskId(), null));
        assertThat(stopping.outcome()).isEqualTo(StoreMessage.StopOutcome.STOPPED);
        assertThat(Awaited.get(ended.future())).isEqualTo(new TaskNotice.Ended(task.taskId(), TaskState.STOPPED));

        NewTask left = StoreFixture.task("o", 0, null);
        ask(new StoreMessage.Submit(left));
        StoreMessage.Claimed claimed =
                ask(new StoreMessage.Claim(UUID.randomUUID(), List.of("m"), 1, Duration.ofMinutes(1)));
        assertThat(claimed.tasks()).hasSize(1);
        Awaited.get(vertx.undeploy(deployment));
        // as the only user of the database it knows that nobody runs the task any more
        Awaited.get(vertx.deployVerticle(new TaskVerticle(CONFIG, database, true)));
        StoreMessage.Found found = ask(new StoreMessage.Find(left.taskId(), null));
        assertThat(found.row().state()).isEqualTo(TaskState.PENDING);

        assertThat(Awaited.failure(vertx.eventBus()
                        .request(
                                Addresses.STORE,
                                new StoreMessage.Search(
                                        new StoreMessage.Filter(null, List.of(), null, null, null, null),
                                        new StoreMessage.Page(null, -1, 1, true)))))
                .isInstanceOfSatisfying(
                        ReplyException.class,
                        refusal -> assertThat(BusFailure.ofCode(refusal.failureCode()))
                                .isEqualTo(BusFailure.INVALID));
    }

    @Test
    void aDatabaseThatIsNotThereIsOneSentence() throws Exception {
        PgConnectOptions nowhere = new PgConnectOptions()
                .setHost("127.0.0.1")
                .setPort(1)
                .setUser("u")
                .setDatabase("d");
        assertThat(Awaited.failure(vertx.deployVerticle(new TaskVerticle(CONFIG, nowhere, false))))
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining("127.0.0.1:1");
    }

    @Test
    void aChangedOrNewerMigrationIsRefused(PgConnectOptions database) throws Exception {
        var pool = TaskDatabase.pool(vertx, database, "migrations", 1);
        Migrations migrations = Migrations.ofThisVersion();
        Awaited.get(migrations.apply(pool));
        Awaited.get(migrations.apply(pool));
        Migrations changed = new Migrations(List.of(
                new Migrations.Migration(1, "001_task.sql", "SELECT 1"),
                new Migrations.Migration(2, "002_terms_and_webhooks.sql", "SELECT 2"),
                new Migrations.Migration(3, "003_shares_and_checkpoints.sql", "SELECT 3"),
                new Migrations.Migration(4, "004_pictures_and_retention.sql", "SELECT 4"),
                new Migrations.Migration(5, "005_images_left.sql", "SELECT 5"),
                new Migrations.Migration(6, "006_traces.sql", "SELECT 6"),
                new Migrations.Migration(7, "007_tally_versions.sql", "SELECT 7"),
                new Migrations.Migration(8, "008_alone.sql", "SELECT 8")));
        assertThat(Awaited.failure(changed.apply(pool)))
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining("must never change");
        assertThat(Awaited.failure(new Migrations(List.of()).apply(pool)))
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining("newer Darkroom");
    }

    @Test
    void aMigrationMayTakeLongerThanOtherStatementsAndLeavesTheConnectionAsItWas(PgConnectOptions database)
            throws Exception {
        PgConnectOptions hasty = new PgConnectOptions(database).addProperty("statement_timeout", "2s");
        var pool = PgBuilder.pool()
                .with(new PoolOptions().setMaxSize(1))
                .connectingTo(hasty)
                .using(vertx)
                .build();
        List<Migrations.Migration> steps = List.of(
                new Migrations.Migration(1, "001_long.sql", "SELECT pg_sleep(2.5)"),
                new Migrations.Migration(2, "002_wrong.sql", "SELECT 1 / 0"));
        Awaited.get(pool.query("CREATE SCHEMA apart").execute());
        Awaited.get(pool.query("SET search_path TO apart").execute());
        Awaited.get(new Migrations(steps.subList(0, 1)).apply(pool));
        assertThat(timeout(pool)).isEqualTo("2s");
        assertThat(Awaited.failure(new Migrations(steps).apply(pool))).hasMessageContaining("division by zero");
        assertThat(timeout(pool)).isEqualTo("2s");
    }

    private static String timeout(Pool pool) throws Exception {
        return Awaited.get(pool.query("SHOW statement_timeout").execute())
                .iterator()
                .next()
                .getString(0);
    }
}
