package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.model.ModelTraits;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NoiseAheadTest {

    private static final int LENGTH = 100;
    private static final int STEPS = 7;

    private final long seed = System.nanoTime();

    static Stream<Executor> executors() {
        return Stream.of(ForkJoinPool.commonPool(), Runnable::run, task -> {});
    }

    @ParameterizedTest
    @MethodSource("executors")
    void aDrawIsThatOfItsIndexWhateverWasExpected(Executor executor) {
        Random random = new Random(seed);
        NoiseSource source = new NoiseSource(seed);
        NoiseAhead ahead = new NoiseAhead(source::draw, executor);
        long index = 1;
        for (int draw = 0; draw < 500; draw++) {
            int length = random.nextInt(20) == 0 ? 2 * LENGTH : LENGTH;
            long following = random.nextInt(5);
            float[] expected = new float[length];
            source.draw(index, expected);
            assertThat(ahead.draw(index, following, length))
                    .as("seed %d, draw %d", seed, draw)
                    .isEqualTo(expected);
            // mostly what was expected, sometimes the same again, or anything
            index = following != NoiseAhead.NONE && random.nextInt(4) > 0 ? following : 1 + random.nextInt(4);
        }
    }

    @Test
    void whatWasExpectedAndIsNotWantedIsNotDrawn() {
        List<Runnable> tasks = new ArrayList<>();
        List<Long> drawn = new ArrayList<>();
        NoiseAhead ahead = new NoiseAhead((index, into) -> drawn.add(index), tasks::add);
        ahead.draw(1, 2, LENGTH);
        ahead.draw(3, NoiseAhead.NONE, LENGTH);
        tasks.forEach(Runnable::run);
        assertThat(drawn).containsExactly(1L, 3L);
    }

    @Test
    void anInterruptedThreadDrawsForItselfAndStaysInterrupted() throws InterruptedException {
        Thread sampler = Thread.currentThread();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch drawn = new CountDownLatch(1);
        NoiseAhead.Source source = (index, into) -> {
            if (Thread.currentThread() != sampler) {
                begun.countDown();
                await(drawn);
            }
            Arrays.fill(into, index);
        };
        NoiseAhead ahead = new NoiseAhead(source, task -> new Thread(task).start());
        ahead.draw(1, 2, LENGTH);
        begun.await();
        sampler.interrupt();
        float[] second = ahead.draw(2, NoiseAhead.NONE, LENGTH);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(second).containsOnly(2f);
        drawn.countDown();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whatFailsElsewhereIsDrawnAgain() {
        AtomicBoolean failed = new AtomicBoolean();
        NoiseAhead.Source source = (index, into) -> {
            if (index == 2 && failed.compareAndSet(false, true)) {
                throw new IllegalStateException("no memory just now");
            }
            Arrays.fill(into, index);
        };
        NoiseAhead ahead = new NoiseAhead(source, Runnable::run);
        ahead.draw(1, 2, LENGTH);
        assertThat(failed).isTrue();
        assertThat(ahead.draw(2, NoiseAhead.NONE, LENGTH)).containsOnly(2f);
    }

    /** Of seven steps six have noise, and the first of it is asked for before any was expected. */
    @ParameterizedTest
    @ValueSource(
            strings = {"euler_ancestral", "dpmpp_2s_ancestral", "dpmpp_2m_sde", "dpmpp_3m_sde", "lcm", "tcd", "ddpm"})
    void eachStepsNoiseButTheFirstIsDrawnAhead(String sampler) {
        assertThat(drawnAhead(sampler, STEPS)).isEqualTo(STEPS - 2);
    }

    @Test
    void aStepWithAPointBetweenTwoLevelsHasTwoDraws() {
        assertThat(drawnAhead("dpmpp_sde", STEPS)).isEqualTo(2 * (STEPS - 2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"euler", "dpmpp_2m", "uni_pc"})
    void aSamplerWithoutNoiseDrawsNone(String sampler) {
        assertThat(drawnAhead(sampler, STEPS)).isZero();
    }

    @Test
    void noiseThatComesNowAndThenIsNotDrawnAhead() {
        assertThat(drawnAhead("restart", 40)).isZero();
    }

    /** Returns how many draws an image's sampler hands to another thread, and takes from it. */
    private static int drawnAhead(String name, int steps) {
        ModelTraits traits = Goldens.traits();
        List<Runnable> tasks = new ArrayList<>();
        SamplerKind kind = SamplerKind.named(name);
        NoiseSchedule schedule = new NoiseSchedule(traits.schedule(), traits.prediction());
        SamplingPlan plan = new SamplingPlan(64, 64, name, "karras", steps, 7);
        SamplerState state = Samplers.begin(kind, plan, traits, schedule, 5, null);
        Sampler sampler = kind.make(new SamplerInputs(schedule, state, new SeededNoise(5, state.sigmas(), tasks::add)));
        while (!sampler.done()) {
            sampler.accept(sampler.next().latent().clone());
        }
        // none of them was begun with by anybody else
        assertThat(tasks).allSatisfy(task -> {
            assertThat(((Future<?>) task).isDone()).isTrue();
            assertThat(((Future<?>) task).isCancelled()).isFalse();
        });
        return tasks.size();
    }
}
