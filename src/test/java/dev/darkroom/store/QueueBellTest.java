package dev.darkroom.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.MessageCodecs;
import dev.darkroom.bus.StoreMessage;
import dev.darkroom.bus.TaskNotice;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Two nodes over one database, without a bus between them: one takes tasks in, the other is to hear of them. */
@ExtendWith(EmbeddedDatabase.class)
final class QueueBellTest {

    private static final DatabaseConfig CONFIG = new DatabaseConfig("", Path.of("unused"), 0, 4, 1000);
    private static final String BELLS =
            " FROM pg_stat_activity WHERE application_name = 'darkroom bell' AND datname = current_database()";

    private final Vertx submitter = Vertx.vertx();
    private final Vertx sampler = Vertx.vertx();
    private final BlockingQueue<TaskNotice> heard = new LinkedBlockingQueue<>();
    private Pool pool;

    @BeforeEach
    void deploy(PgConnectOptions database) throws Exception {
        pool = TaskDatabase.pool(submitter, database, "observer", 1);
        for (Vertx node : new Vertx[] {submitter, sampler}) {
            MessageCodecs.register(node);
            Awaited.get(node.deployVerticle(new TaskVerticle(CONFIG, database, false)));
        }
        var notices = sampler.eventBus().<TaskNotice>localConsumer(Addresses.TASKS);
        notices.handler(message -> heard.add(message.body()));
        Awaited.get(notices.completion());
    }

    @AfterEach
    void close() throws Exception {
        Awaited.get(sampler.close());
        Awaited.get(submitter.close());
    }

    @Test
    void aBellThatLostItsConnectionIsHeardAgainAndMakesUpForWhatItMissed() throws Exception {
        submit();
        assertHeard();
        int lost = Awaited.get(
                        pool.query("SELECT pg_terminate_backend(pid)" + BELLS).execute())
                .rowCount();
        assertThat(lost).isEqualTo(2);
        // nothing is submitted: it looks because it may have missed something
        assertHeard();
        heard.clear();
        submit();
        assertHeard();
    }

    private void submit() throws Exception {
        Awaited.get(submitter
                .eventBus()
                .request(Addresses.STORE, new StoreMessage.Submit(StoreFixture.task("o", 0, null))));
    }

    private void assertHeard() throws InterruptedException {
        assertThat(heard.poll(60, TimeUnit.SECONDS)).isInstanceOf(TaskNotice.Added.class);
    }
}
