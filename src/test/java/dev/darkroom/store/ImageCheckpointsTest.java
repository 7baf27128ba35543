package dev.darkroom.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.StoreMessage;
import dev.darkroom.bus.StoreMessage.ImageCheckpoint;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import io.vertx.pgclient.PgConnectOptions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(EmbeddedDatabase.class)
final class ImageCheckpointsTest {

    private StoreFixture fixture;

    @BeforeEach
    void open(PgConnectOptions database) throws Exception {
        fixture = new StoreFixture(database, 1000);
        fixture.clear();
    }

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    @Test
    void theNextAttemptFindsWhatTheLastOneKeptAndAZombieKeepsNothing() throws Exception {
        TaskId task = fixture.submit("o", 0);
        int first = fixture.claim(1).get(0).attempt();
        assertThat(keep(task, first, 3, new byte[] {1, 2}, new byte[] {9})).isTrue();
        assertThat(keep(task, first, 5, new byte[] {3, 4, 5}, null)).isTrue();
        fixture.sql("UPDATE task SET lease_until = now() - interval '1 s'");
        fixture.ask(store -> store.recover(false));
        int second = fixture.claim(1).get(0).attempt();
        assertThat(keep(task, first, 7, new byte[] {6}, new byte[] {6})).isFalse();
        assertThat(find(task, first)).isEmpty();
        List<ImageCheckpoint> found = find(task, second);
        assertThat(found).hasSize(1);
        assertThat(found.get(0).step()).isEqualTo(5);
        assertThat(found.get(0).state()).containsExactly(3, 4, 5);
        assertThat(found.get(0).input()).containsExactly(9);
        fixture.ask(store ->
                store.complete(new StoreMessage.Complete(task, second, TaskState.FINISHED, TaskResult.EMPTY, null)));
        assertThat(fixture.sql("SELECT FROM checkpoint")).isZero();
    }

    private boolean keep(TaskId task, int attempt, int step, byte[] state, byte[] input) throws Exception {
        return fixture.ask(store -> store.checkpoint(
                new StoreMessage.Checkpoint(task, attempt, List.of(new ImageCheckpoint(0, step, state, input)))));
    }

    private List<ImageCheckpoint> find(TaskId task, int attempt) throws Exception {
        return fixture.ask(store -> store.checkpoints(new StoreMessage.Resume(task, attempt)))
                .images();
    }
}
