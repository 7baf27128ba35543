package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.model.ModelTraits;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
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
        NoiseAhead ahead = new NoiseAhead(source, executor);
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
    void anInterruptedThreadHasItsNoiseAndStaysInterrupted() {
        int length = 500_000; // long enough that another thread is at it meanwhile
        NoiseAhead ahead = new NoiseAhead(new NoiseSource(seed), ForkJoinPool.commonPool());
        ahead.draw(1, 2, length);
        float[] expected = new float[length];
        new NoiseSource(seed).draw(2, expected);
        ahead.draw(3, 2, length);
        Thread.currentThread().interrupt();
        float[] drawn = ahead.draw(2, NoiseAhead.NONE, length);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(drawn).isEqualTo(expected);
    }

    /** Of seven steps six have noise, and the first of it is asked for before any was expected. */
    @ParameterizedTest
    @ValueSource(
            strings = {"euler_ancestral", "dpmpp_2s_ancestral", "dpmpp_2m_sde", "dpmpp_3m_sde", "lcm", "tcd", "ddpm"})
    void eachStepsNoiseButTheFirstIsDrawnAhead(String sampler) {
        assertThat(drawnAhead(sampler)).isEqualTo(STEPS - 2);
    }

    @Test
    void aStepWithAPointBetweenTwoLevelsHasTwoDraws() {
        assertThat(drawnAhead("dpmpp_sde")).isEqualTo(2 * (STEPS - 2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"euler", "dpmpp_2m", "uni_pc"})
    void aSamplerWithoutNoiseDrawsNone(String sampler) {
        assertThat(drawnAhead(sampler)).isZero();
    }

    /** Returns how many draws an image's sampler hands to another thread. */
    private static int drawnAhead(String name) {
        ModelTraits traits = Goldens.traits();
        List<Runnable> tasks = new ArrayList<>();
        SamplerKind kind = SamplerKind.named(name);
        NoiseSchedule schedule = new NoiseSchedule(traits.schedule(), traits.prediction());
        SamplingPlan plan = new SamplingPlan(64, 64, name, "karras", STEPS, 7);
        SamplerState state = Samplers.begin(kind, plan, traits, schedule, 5, null);
        Sampler sampler = kind.make(new SamplerInputs(schedule, state, new SeededNoise(5, state.sigmas(), tasks::add)));
        while (!sampler.done()) {
            sampler.accept(sampler.next().latent().clone());
        }
        return tasks.size();
    }
}
