package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StepPlannerTest {

    private record Image(String name, Object company, int modelRows, int priority, double urgency)
            implements Contender {

        static Image of(String name, int modelRows, double urgency) {
            return new Image(name, "512", modelRows, 0, urgency);
        }
    }

    private static LatencyCurve curve(double... millisBySize) {
        LatencyCurve curve = new LatencyCurve();
        int size = 0;
        for (double millis : millisBySize) {
            size = BatchSizes.atLeast(size + 1);
            curve.put(List.of(new LatencyCurve.Point(size, millis, 3)));
        }
        return curve;
    }

    /** A device that is full with four rows. */
    private static final double[] FULL_AT_FOUR = {10, 11, 12, 13, 19.5, 26, 39};

    /** A device that does more with six rows than with four, but not if only five of them are wanted. */
    private static final double[] BEST_WITH_SIX = {12, 22.5, 33, 42.8, 60, 82};

    private static StepPlanner.Plan<Image> plan(LatencyCurve curve, Image... images) {
        return new StepPlanner(64).plan(new ArrayList<>(Arrays.asList(images)), image -> curve, 0);
    }

    private static List<String> names(StepPlanner.Plan<Image> plan) {
        return plan.members().stream().map(Image::name).toList();
    }

    @Test
    void theMostUrgentShareTheCallUpToTheCap() {
        StepPlanner.Plan<Image> plan = plan(
                curve(FULL_AT_FOUR),
                Image.of("long", 2, 900),
                Image.of("short", 2, 10),
                Image.of("middle", 1, 50),
                Image.of("fits", 1, 950));
        assertThat(names(plan)).containsExactly("short", "middle", "fits");
        assertThat(plan.size()).isEqualTo(4);
    }

    @Test
    void aHigherPriorityLeadsAndOthersFillTheCall() {
        StepPlanner.Plan<Image> plan = plan(
                curve(FULL_AT_FOUR),
                Image.of("short", 2, 1),
                Image.of("middle", 2, 2),
                new Image("first", "512", 2, 10, 900));
        assertThat(names(plan)).containsExactly("first", "short");
    }

    @Test
    void onlyThoseOfTheLeadersShapeJoinIt() {
        StepPlanner.Plan<Image> plan = plan(
                curve(FULL_AT_FOUR), Image.of("a", 1, 1), new Image("other", "1024", 1, 0, 2), Image.of("b", 1, 3));
        assertThat(names(plan)).containsExactly("a", "b");
    }

    @Test
    void aCallIsFilledUpToASizeOfTheDevice() {
        // nearly nothing for another row: five rows are called as six
        StepPlanner.Plan<Image> plan = plan(
                curve(10, 10.1, 10.2, 10.3, 10.5, 10.7), Image.of("a", 2, 1), Image.of("b", 2, 2), Image.of("c", 1, 3));
        assertThat(plan.members()).hasSize(3);
        assertThat(plan.size()).isEqualTo(6);
    }

    @Test
    void whereFillingUpCostsMoreThanItGainsTheLastWaits() {
        StepPlanner.Plan<Image> plan =
                plan(curve(BEST_WITH_SIX), Image.of("a", 2, 1), Image.of("b", 2, 2), Image.of("c", 1, 3));
        assertThat(names(plan)).containsExactly("a", "b");
        assertThat(plan.size()).isEqualTo(4);
    }

    @Test
    void whoWasLeftOutOfACallIsInTheNext() {
        LatencyCurve curve = curve(BEST_WITH_SIX);
        List<Image> images = new ArrayList<>(List.of(Image.of("a", 2, 1), Image.of("b", 2, 2), Image.of("c", 1, 3)));
        StepPlanner planner = new StepPlanner(64);
        List<List<String>> calls = new ArrayList<>();
        for (int call = 0; call < 4; call++) {
            StepPlanner.Plan<Image> plan = planner.plan(images, image -> curve, 0);
            assertThat(plan.passing()).isTrue();
            calls.add(names(plan));
        }
        List<String> two = List.of("a", "b");
        List<String> all = List.of("a", "b", "c");
        assertThat(calls).containsExactly(two, all, two, all);
    }

    @Test
    void nowAndThenACallTriesMoreRows() {
        LatencyCurve curve = curve(FULL_AT_FOUR);
        List<Image> images = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            images.add(Image.of("image " + i, 1, i));
        }
        StepPlanner planner = new StepPlanner(64);
        List<Integer> sizes = new ArrayList<>();
        for (int call = 1; call <= 128; call++) {
            sizes.add(planner.plan(images, image -> curve, 0).size());
        }
        assertThat(sizes.get(63)).isEqualTo(6);
        assertThat(sizes.get(127)).isEqualTo(8);
        sizes.removeAll(List.of(6, 8));
        assertThat(sizes).hasSize(126).containsOnly(4);
    }

    @Test
    void anImageThatDoesNotFitTheMemoryIsCalledInParts() {
        LatencyCurve curve = curve(FULL_AT_FOUR);
        curve.lower(2, 0);
        StepPlanner.Plan<Image> plan = plan(curve, Image.of("guided", 2, 1), Image.of("other", 2, 2));
        assertThat(names(plan)).containsExactly("guided");
        assertThat(plan.size()).isEqualTo(1);
    }
}
