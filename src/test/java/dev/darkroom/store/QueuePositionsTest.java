package dev.darkroom.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.task.PaceBook;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class QueuePositionsTest {

    private final Deque<Promise<QueueLook>> looks = new ArrayDeque<>();
    private final DeviceLoads loads = new DeviceLoads(this::nanoTime);
    private final QueueForecasts forecasts = new QueueForecasts(loads, new PaceBook(), this::nanoTime);
    private final QueuePositions positions = new QueuePositions(this::look, forecasts, this::nanoTime);
    private long now;

    private long nanoTime() {
        return now;
    }

    private Future<QueueLook> look() {
        Promise<QueueLook> promise = Promise.promise();
        looks.add(promise);
        return promise.future();
    }

    private void seen(int tasks) {
        looks.remove().complete(new QueueLook(LongStream.range(0, tasks).boxed().toList(), List.of(), Map.of()));
    }

    @Test
    void whoAsksMeanwhileSharesALook() {
        List<Future<QueueView>> asked = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            asked.add(positions.now());
        }
        assertThat(looks).hasSize(1);
        seen(3);
        assertThat(asked).allSatisfy(view -> assertThat(view.result().size()).isEqualTo(3));
        assertThat(positions.now().result().size()).isEqualTo(3);
        assertThat(looks).isEmpty();
    }

    @Test
    void whatChangedDuringALookIsSeenByOneMoreAndNeverTwoAtOnce() {
        Future<QueueView> before = positions.now();
        List<Future<QueueView>> after = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            positions.changed();
            after.add(positions.now());
        }
        assertThat(looks).hasSize(1);
        seen(1);
        assertThat(before.result().size()).isEqualTo(1);
        assertThat(looks).hasSize(1);
        assertThat(after).noneMatch(Future::isComplete);
        seen(2);
        assertThat(after).allSatisfy(view -> assertThat(view.result().size()).isEqualTo(2));
        assertThat(looks).isEmpty();
    }

    @Test
    void aLookThatFailsFailsWhoAskedBeforeItAndTheNextTriesAgain() {
        Future<QueueView> before = positions.now();
        positions.changed();
        Future<QueueView> after = positions.now();
        looks.remove().fail("the database is away");
        assertThat(before.failed()).isTrue();
        seen(2);
        assertThat(after.result().size()).isEqualTo(2);
    }

    @Test
    void aLongQueueIsLookedAtOnceInAWhileHoweverOftenItChanges() {
        positions.now();
        seen(1_000);
        positions.changed();
        forecasts.heard(false);
        assertThat(positions.now().result().size()).isEqualTo(1_000);
        assertThat(looks).isEmpty();
        now += 200_000_000;
        positions.now();
        assertThat(looks).hasSize(1);
    }
}
