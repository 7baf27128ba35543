package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PartsInTurnTest {

    private static final IntConsumer NOTHING = part -> {};

    @Test
    void eachPartIsKeptOnceWhoeverTakesIt() {
        AtomicIntegerArray kept = new AtomicIntegerArray(1000);
        PartsInTurn turns = new PartsInTurn(kept.length());
        CountDownLatch threads = new CountDownLatch(4);
        PartsInTurn.Worker worker = worker(
                part -> {
                    threads.countDown();
                    // the first parts go on together, so that all four threads have some
                    await(threads);
                },
                kept::incrementAndGet);
        for (int helper = 1; helper < 4; helper++) {
            start(() -> helpUntilHad(turns, worker));
        }
        turns.finish(worker);
        for (int part = 0; part < kept.length(); part++) {
            assertThat(kept.get(part)).as("part %d", part).isEqualTo(1);
        }
    }

    @Test
    void whoHelpsBeforePartsAreReadyGoesAgainAndTakesNone() {
        PartsInTurn turns = new PartsInTurn(3);
        List<Integer> helped = new ArrayList<>();
        List<Integer> own = new ArrayList<>();
        turns.help(worker(helped::add, NOTHING));
        turns.finish(worker(own::add, NOTHING));
        assertThat(helped).isEmpty();
        assertThat(own).containsExactly(0, 1, 2);
    }

    @Test
    void whoComesWhenAllIsDoneTakesNone() {
        PartsInTurn turns = new PartsInTurn(3);
        List<Integer> helped = new ArrayList<>();
        turns.finish(worker(NOTHING, NOTHING));
        turns.help(worker(helped::add, NOTHING));
        assertThat(helped).isEmpty();
    }

    @Test
    void thePartOfOneWhoIsLateIsDoneByTheOneThatNeedsIt() throws Exception {
        PartsInTurn turns = new PartsInTurn(2);
        CountDownLatch taken = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        List<Integer> keptByHelper = new CopyOnWriteArrayList<>();
        Thread helper = start(() -> helpUntilHad(
                turns,
                worker(
                        part -> {
                            taken.countDown();
                            await(mayEnd);
                        },
                        keptByHelper::add)));
        List<Integer> kept = new ArrayList<>();
        turns.finish(worker(part -> await(taken), kept::add));
        assertThat(kept).containsExactlyInAnyOrder(0, 1);
        mayEnd.countDown();
        helper.join();
        assertThat(keptByHelper).isEmpty();
    }

    @Test
    void whoIsLateLearnsThatItsPartIsDone() throws Exception {
        PartsInTurn turns = new PartsInTurn(2);
        CountDownLatch taken = new CountDownLatch(1);
        List<Boolean> answers = new CopyOnWriteArrayList<>();
        Thread helper = start(() -> helpUntilHad(turns, new PartsInTurn.Worker() {
            @Override
            public void compute(int part, BooleanSupplier needless) {
                answers.add(needless.getAsBoolean());
                taken.countDown();
                while (!needless.getAsBoolean()) {
                    Thread.onSpinWait();
                }
            }

            @Override
            public void keep(int part) {
                answers.add(true);
            }
        }));
        turns.finish(worker(part -> await(taken), NOTHING));
        helper.join();
        assertThat(answers).containsExactly(false);
    }

    @Test
    void theOneThatNeedsAPartLearnsThatWhoWasLateHasDoneIt() {
        PartsInTurn turns = new PartsInTurn(2);
        CountDownLatch taken = new CountDownLatch(1);
        CountDownLatch again = new CountDownLatch(1);
        List<String> kept = new CopyOnWriteArrayList<>();
        start(() -> helpUntilHad(
                turns,
                worker(
                        part -> {
                            taken.countDown();
                            await(again);
                        },
                        part -> kept.add("late"))));
        turns.finish(new PartsInTurn.Worker() {
            private boolean first = true;

            @Override
            public void compute(int part, BooleanSupplier needless) {
                if (first) {
                    first = false;
                    await(taken);
                    return;
                }
                again.countDown();
                while (!needless.getAsBoolean()) {
                    Thread.onSpinWait();
                }
            }

            @Override
            public void keep(int part) {
                kept.add("own");
            }
        });
        assertThat(kept).containsExactlyInAnyOrder("own", "late");
    }

    @Test
    void theEndWaitsForAResultThatIsBeingKept() throws Exception {
        PartsInTurn turns = new PartsInTurn(2);
        CountDownLatch keeping = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        List<String> ended = new CopyOnWriteArrayList<>();
        start(() -> helpUntilHad(turns, worker(NOTHING, part -> {
            keeping.countDown();
            await(mayEnd);
            ended.add("part");
        })));
        Thread finishing = start(() -> {
            turns.finish(worker(part -> await(keeping), NOTHING));
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
        Thread helper = start(() -> helpUntilHad(
                turns,
                worker(
                        part -> {
                            throw new IllegalStateException("no room");
                        },
                        NOTHING)));
        assertThatThrownBy(() -> turns.finish(worker(part -> join(helper), NOTHING)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no room");
    }

    @Test
    void whatOneWhoIsLateThrowsCountsForNothing() {
        PartsInTurn turns = new PartsInTurn(2);
        CountDownLatch taken = new CountDownLatch(1);
        Thread helper = start(() -> helpUntilHad(turns, new PartsInTurn.Worker() {
            @Override
            public void compute(int part, BooleanSupplier needless) {
                taken.countDown();
                while (!needless.getAsBoolean()) {
                    Thread.onSpinWait();
                }
                throw new IllegalStateException("late");
            }

            @Override
            public void keep(int part) {
                throw new AssertionError("kept late");
            }
        }));
        List<Integer> kept = new ArrayList<>();
        turns.finish(worker(part -> await(taken), part -> {
            kept.add(part);
            if (kept.size() == 2) {
                join(helper);
            }
        }));
        assertThat(kept).containsExactlyInAnyOrder(0, 1);
    }

    @Test
    void allOtherPartsAreDoneWhenOneHasThrown() {
        PartsInTurn turns = new PartsInTurn(3);
        List<Integer> kept = new ArrayList<>();
        PartsInTurn.Worker worker = worker(
                part -> {
                    if (part == 0) {
                        throw new AssertionError("part 0");
                    }
                },
                kept::add);
        assertThatThrownBy(() -> turns.finish(worker))
                .isInstanceOf(AssertionError.class)
                .hasMessage("part 0");
        assertThat(kept).containsExactly(1, 2);
    }

    @Test
    void aResultThatCanNotBeKeptIsAFailure() {
        PartsInTurn turns = new PartsInTurn(1);
        PartsInTurn.Worker worker = worker(NOTHING, part -> {
            throw new IllegalStateException("no room");
        });
        assertThatThrownBy(() -> turns.finish(worker))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no room");
    }

    private static PartsInTurn.Worker worker(IntConsumer compute, IntConsumer keep) {
        return new PartsInTurn.Worker() {
            @Override
            public void compute(int part, BooleanSupplier needless) {
                compute.accept(part);
            }

            @Override
            public void keep(int part) {
                keep.accept(part);
            }
        };
    }

    private static Thread start(Runnable work) {
        Thread thread = new Thread(work);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** Helps until it has had a part, as one that comes too early goes without. */
    private static void helpUntilHad(PartsInTurn turns, PartsInTurn.Worker worker) {
        boolean[] had = {false};
        while (!had[0]) {
            turns.help(new PartsInTurn.Worker() {
                @Override
                public void compute(int part, BooleanSupplier needless) {
                    had[0] = true;
                    worker.compute(part, needless);
                }

                @Override
                public void keep(int part) {
                    worker.keep(part);
                }
            });
        }
    }

    /** Awake, so that whoever sleeps does so in what is tested. */
    private static void await(CountDownLatch latch) {
        while (latch.getCount() > 0) {
            Thread.onSpinWait();
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
