package dev.darkroom.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.task.PaceBook;
import dev.darkroom.task.Workload;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class QueueViewTest {

    private static QueueView view(PaceBook paces, double[] untilFree, String... works) {
        Long[] ids = new Long[works.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = 100L + i;
        }
        return new QueueView(ids, works, untilFree, paces, 0);
    }

    /** Steps of a millisecond, nothing else. */
    private static PaceBook paces() {
        PaceBook paces = new PaceBook();
        paces.learn(new PaceBook.Key("m", 1, "s", true), 1, 0);
        return paces;
    }

    @Test
    void tasksEndOneAfterAnotherAndTimePasses() {
        QueueView view = view(paces(), new double[] {50}, "m 1:s:1:10:1", "m 1:s:1:10:2");
        assertThat(view.millisLeft(100, 0)).isEqualTo(60);
        assertThat(view.millisLeft(101, 0)).isEqualTo(80);
        assertThat(view.millisLeft(101, 30_000_000)).isEqualTo(50);
        assertThat(view.millisLeft(101, 1_000_000_000)).isZero();
        assertThat(view.place(101)).isEqualTo(1);
        assertThat(view.place(7)).isEqualTo(2);
        assertThat(view.millisLeft(7, 0)).isNull();
    }

    @Test
    void whoeverIsFreeFirstTakesTheNext() {
        QueueView view = view(paces(), new double[] {0, 15}, "m 1:s:1:10:1", "m 1:s:1:10:1", "m 1:s:1:10:1");
        assertThat(List.of(view.millisLeft(100, 0), view.millisLeft(101, 0), view.millisLeft(102, 0)))
                .containsExactly(10L, 20L, 25L);
    }

    @Test
    void whatIsUnknownSaysNothingOfItselfAndCountsLikeTheOthers() {
        QueueView view = view(paces(), new double[] {0}, "m 1:s:1:10:1", "unknown model ", "m 1:s:1:30:1");
        assertThat(view.millisLeft(101, 0)).isNull();
        assertThat(view.millisLeft(102, 0)).isEqualTo(10 + 20 + 30);
        assertThat(view(paces(), new double[0], "m 1:s:1:10:1").millisLeft(100, 0))
                .as("without a device")
                .isNull();
    }

    @Test
    void placesBecomeFreeAsTasksBegin() {
        QueueView view = view(paces(), new double[] {5}, "m 1:s:1:10:1", "m 1:s:1:10:1");
        assertThat(view.millisUntilBegin(0, 0)).isEqualTo(5);
        assertThat(view.millisUntilBegin(1, 0)).isEqualTo(15);
        assertThat(view.millisUntilBegin(3, 0)).isEqualTo(35);
        assertThat(QueueView.EMPTY.millisUntilBegin(0, 0)).isNaN();
    }

    @Test
    void theTimeLeftOfTwentyMixedTasksIsWithinAFifth() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        int[] sides = {64, 128, 256};
        String[] samplers = {"euler", "heun"};
        PaceBook paces = new PaceBook();
        // what the device does: pixels and sampler make a step, and every step differs by up to a tenth
        for (int side : sides) {
            for (String sampler : samplers) {
                for (int image = 0; image < 3; image++) {
                    paces.learn(
                            new PaceBook.Key("m", side * side, sampler, true),
                            step(side, sampler, random),
                            0.3 * step(side, "euler", random));
                }
            }
        }
        String[] works = new String[20];
        double[] truth = new double[20];
        double time = 0;
        for (int i = 0; i < works.length; i++) {
            int side = sides[random.nextInt(sides.length)];
            String sampler = samplers[random.nextInt(samplers.length)];
            Workload work = new Workload(side * side, sampler, true, 5 + random.nextInt(40), 1 + random.nextInt(4));
            works[i] = "m " + work.text();
            for (int image = 0; image < work.images(); image++) {
                for (int step = 0; step < work.steps(); step++) {
                    time += step(side, sampler, random);
                }
                time += 0.3 * step(side, "euler", random);
            }
            truth[i] = time;
        }
        QueueView view = view(paces, new double[] {0}, works);
        for (int i = 0; i < works.length; i++) {
            double told = view.millisLeft(100 + i, 0);
            assertThat(Math.abs(told - truth[i]) / truth[i]).as("task %d", i).isLessThan(0.2);
        }
    }

    private static double step(int side, String sampler, Random random) {
        double calls = sampler.equals("heun") ? 2 : 1;
        return calls * side * side / 400.0 * (0.9 + 0.2 * random.nextDouble());
    }
}
