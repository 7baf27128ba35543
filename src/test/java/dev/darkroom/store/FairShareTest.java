package dev.darkroom.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.ClaimedTask;
import dev.darkroom.bus.StoreMessage;
import dev.darkroom.store.Shares.Share;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import io.vertx.core.Future;
import io.vertx.pgclient.PgConnectOptions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How tasks of several owners share the devices. */
@ExtendWith(EmbeddedDatabase.class)
final class FairShareTest {

    private static final Shares SHARES = new Shares(
            Map.of("many", Share.USUAL, "few", Share.USUAL, "heavy", new Share(3, 0), "bounded", new Share(1, 2)));

    private StoreFixture fixture;

    @BeforeEach
    void open(PgConnectOptions database) throws Exception {
        fixture = new StoreFixture(database, 1000, SHARES);
        fixture.clear();
    }

    @AfterEach
    void close() throws Exception {
        fixture.close();
    }

    @Test
    void whoAsksForLittleComesBetweenTheTasksOfWhoAskedForMuch() throws Exception {
        submit("many", 20);
        assertThat(owners(4)).containsOnly("many");
        submit("few", 5);
        assertThat(Collections.frequency(owners(10), "few")).isEqualTo(5);
    }

    @Test
    void aWeightOfThreeGetsThreeTurnsOfFour() throws Exception {
        submit("many", 12);
        submit("heavy", 12);
        assertThat(Collections.frequency(owners(12), "heavy")).isBetween(8, 10);
    }

    @Test
    void nobodySavesUpTurnsForLater() throws Exception {
        submit("many", 10);
        owners(8);
        submit("few", 10);
        submit("many", 10);
        // as if both came now; the two of before wait longest
        assertThat(Collections.frequency(owners(10), "few")).isBetween(3, 6);
    }

    @Test
    void priorityGoesBeforeTheShare() throws Exception {
        submit("many", 5);
        fixture.submit("few", 0);
        fixture.submit("many", 9);
        assertThat(owners(1)).containsExactly("many");
    }

    @Test
    void anOwnerHasNoMoreTasksRunningThanItMay() throws Exception {
        submit("bounded", 5);
        submit("few", 1);
        List<ClaimedTask> claimed = fixture.claim(10);
        assertThat(claimed)
                .extracting(ClaimedTask::owner)
                .containsOnly("bounded", "few")
                .hasSize(3);
        assertThat(fixture.claim(10)).isEmpty();
        ClaimedTask done = claimed.stream()
                .filter(task -> task.owner().equals("bounded"))
                .findFirst()
                .orElseThrow();
        fixture.ask(store -> store.complete(
                new StoreMessage.Complete(done.taskId(), done.attempt(), TaskState.FINISHED, TaskResult.EMPTY, null)));
        assertThat(fixture.claim(10)).hasSize(1);
    }

    @Test
    void aTaskThatCrashedIsForAnEmptyLaneAlsoWhereOwnersAreBounded() throws Exception {
        submit("bounded", 1);
        fixture.sql("UPDATE task SET crashes = 1");
        submit("few", 1);
        StoreMessage.Claim busy =
                new StoreMessage.Claim(StoreFixture.NODE, List.of("m"), 10, StoreFixture.LEASE, null, false);
        StoreMessage.Claimed claimed = fixture.ask(store -> store.claim(busy));
        assertThat(claimed).isEqualTo(new StoreMessage.Claimed(List.of(), true));
        assertThat(owners(2)).containsExactly("bounded", "few");
    }

    @Test
    void twoClaimsAtOnceKeepToTheBoundTogether() throws Exception {
        submit("bounded", 8);
        List<Future<StoreMessage.Claimed>> claims = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            claims.add(fixture.future(store ->
                    store.claim(new StoreMessage.Claim(StoreFixture.NODE, List.of("m"), 2, StoreFixture.LEASE))));
        }
        Awaited.get(Future.all(claims));
        assertThat(claims.stream()
                        .mapToInt(claim -> claim.result().tasks().size())
                        .sum())
                .isEqualTo(2);
    }

    @Test
    void tasksThatCameTogetherKeepTheirOrder() throws Exception {
        List<Future<StoreMessage.Accepted>> accepted = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            accepted.add(fixture.future(store -> store.submit(StoreFixture.task("many", 0, null))));
        }
        Awaited.get(Future.all(accepted));
        List<Long> ids = fixture.claim(30).stream().map(ClaimedTask::id).toList();
        assertThat(ids).hasSize(30).isSorted();
    }

    private void submit(String owner, int tasks) throws Exception {
        for (int i = 0; i < tasks; i++) {
            fixture.submit(owner, 0);
        }
    }

    private List<String> owners(int tasks) throws Exception {
        List<String> owners = new ArrayList<>();
        for (int i = 0; i < tasks; i++) {
            fixture.claim(1).forEach(claimed -> owners.add(claimed.owner()));
        }
        return owners;
    }
}
