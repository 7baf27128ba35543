package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PartsInTurnTest {

    @Test
    void eachPartIsTakenOnceWhoeverTakesIt() {
        AtomicIntegerArray taken = new AtomicIntegerArray(1000);
        PartsInTurn turns = new PartsInTurn(taken.length());
        List<CompletableFuture<Void>> helpers = new ArrayList<>();
        for (int helper = 0; helper < 3; helper++) {
            helpers.add(CompletableFuture.runAsync(() -> turns.help(taken::incrementAndGet)));
        }
        turns.finish(taken::incrementAndGet);
        for (int part = 0; part < taken.length(); part++) {
            assertThat(taken.get(part)).as("part %d", part).isEqualTo(1);
        }
        helpers.forEach(CompletableFuture::join);
    }

    @Test
    void whoHelpsBeforePartsAreReadyGoesAgainAndTakesNone() {
        PartsInTurn turns = new PartsInTurn(3);
        List<Integer> helped = new ArrayList<>();
        List<Integer> own = new ArrayList<>();
        turns.help(helped::add);
        turns.finish(own::add);
        assertThat(helped).isEmpty();
        assertThat(own).containsExactly(0, 1, 2);
    }

    @Test
    void whoComesWhenAllIsDoneTakesNone() {
        PartsInTurn turns = new PartsInTurn(3);
        List<Integer> helped = new ArrayList<>();
        turns.finish(part -> {});
        turns.help(helped::add);
        assertThat(helped).isEmpty();
    }

    @Test
    void theEndWaitsForAPartHoweverLongItTakes() throws Exception {
        PartsInTurn turns = new PartsInTurn(2);
        CountDownLatch taken = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        List<String> ended = new ArrayList<>();
        Thread helper = new Thread(() -> untilReady(turns, () -> {
            taken.countDown();
            await(mayEnd);
            ended.add("part");
        }));
        Thread finishing = new Thread(() -> {
            turns.finish(part -> await(taken));
            ended.add("all");
        });
        helper.start();
        finishing.start();
        await(taken);
        // it was awake for its own part, and while it waited for the helper's
        while (finishing.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        mayEnd.countDown();
        finishing.join();
        assertThat(ended).containsExactly("part", "all");
    }

    @Test
    void whatAHelpersPartThrowsReachesTheOneThatNeedsIt() {
        PartsInTurn turns = new PartsInTurn(2);
        CountDownLatch taken = new CountDownLatch(1);
        Thread helper = new Thread(() -> untilReady(turns, () -> {
            taken.countDown();
            throw new IllegalStateException("no room");
        }));
        helper.start();
        assertThatThrownBy(() -> turns.finish(part -> await(taken)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no room");
    }

    /** Helps until it has had a part, as one that came too early goes again. */
    private static void untilReady(PartsInTurn turns, Runnable work) {
        boolean[] had = {false};
        while (!had[0]) {
            turns.help(part -> {
                had[0] = true;
                work.run();
            });
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }
}
