package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PartsInTurnTest {

    @Test
    void eachPartIsTakenOnceWhoeverTakesIt() {
        AtomicIntegerArray taken = new AtomicIntegerArray(1000);
        PartsInTurn turns = new PartsInTurn(taken.length());
        CountDownLatch threads = new CountDownLatch(4);
        IntConsumer work = part -> {
            threads.countDown();
            taken.incrementAndGet(part);
            // the first parts go on together, so that all four threads have some
            await(threads);
        };
        for (int helper = 1; helper < 4; helper++) {
            start(() -> helpUntilHad(turns, work));
        }
        turns.finish(work);
        for (int part = 0; part < taken.length(); part++) {
            assertThat(taken.get(part)).as("part %d", part).isEqualTo(1);
        }
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
        List<String> ended = new CopyOnWriteArrayList<>();
        start(() -> helpUntilHad(turns, part -> {
            taken.countDown();
            await(mayEnd);
            ended.add("part");
        }));
        Thread finishing = start(() -> {
            turns.finish(part -> await(taken));
            ended.add("all");
        });
        // asleep only when it waits for the other part
        while (finishing.isAlive() && finishing.getState() != Thread.State.WAITING) {
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
        start(() -> helpUntilHad(turns, part -> {
            taken.countDown();
            throw new IllegalStateException("no room");
        }));
        assertThatThrownBy(() -> turns.finish(part -> await(taken)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no room");
    }

    @Test
    void allOtherPartsAreDoneWhenOneHasThrown() {
        PartsInTurn turns = new PartsInTurn(3);
        List<Integer> done = new ArrayList<>();
        IntConsumer work = part -> {
            done.add(part);
            if (part == 0) {
                throw new AssertionError("part 0");
            }
        };
        assertThatThrownBy(() -> turns.finish(work))
                .isInstanceOf(AssertionError.class)
                .hasMessage("part 0");
        assertThat(done).containsExactly(0, 1, 2);
    }

    private static Thread start(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** Helps until it has had a part, as one that comes too early goes without. */
    private static void helpUntilHad(PartsInTurn turns, IntConsumer work) {
        boolean[] had = {false};
        while (!had[0]) {
            turns.help(part -> {
                had[0] = true;
                work.accept(part);
            });
        }
    }

    /** Awake, so that whoever sleeps does so in what is tested. */
    private static void await(CountDownLatch latch) {
        while (latch.getCount() > 0) {
            Thread.onSpinWait();
        }
    }
}
