package dev.darkroom.forecast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.diffusion.LatencyCurve;
import dev.darkroom.forecast.DeviceWork.Effort;
import dev.darkroom.forecast.DeviceWork.Image;
import dev.darkroom.forecast.DeviceWork.Job;
import dev.darkroom.forecast.DeviceWork.Speed;
import dev.darkroom.task.PaceBook;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.Workload;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ForecastTest {

    private static final int SMALL = 64 * 64;

    private final PaceBook paces = new PaceBook();

    /** Two rows take 10 ms, and each further two as much again: there is nothing to gain from sharing. */
    private static Speed linear(int pixels, double scale) {
        return speed(pixels, 10 * scale, 20 * scale, 40 * scale, 80 * scale);
    }

    /** Any number of rows takes 10 ms. */
    private static Speed flat(int pixels) {
        return speed(pixels, 10, 10, 10, 10);
    }

    private static Speed speed(int pixels, double... millis) {
        List<LatencyCurve.Point> points = new ArrayList<>();
        for (int i = 0; i < millis.length; i++) {
            points.add(new LatencyCurve.Point(2 << i, millis[i], 100));
        }
        return new Speed("m", pixels, points);
    }

    private static WaitingTask task(int steps, int images) {
        return task(0, SMALL, "euler", steps, images);
    }

    private static WaitingTask task(int priority, int pixels, String sampler, int steps, int images) {
        return new WaitingTask(priority, "m", new Workload(pixels, sampler, true, steps, images));
    }

    private static Forecast.Heard device(int mostImages, List<Job> jobs, Speed... speeds) {
        return new Forecast.Heard(new DeviceWork(mostImages, mostImages, 0, jobs, List.of(speeds)), 0);
    }

    private Forecast forecast(Forecast.Heard device, WaitingTask... queue) {
        return new Forecast(List.of(device), List.of(queue), queue.length, paces);
    }

    @Test
    void tasksEndOneAfterAnotherWhereSharingGainsNothing() {
        Forecast forecast = forecast(device(1, List.of(), linear(SMALL, 1)), task(10, 1), task(10, 2));
        assertThat(forecast.begin(0)).isZero();
        assertThat(forecast.end(0)).isEqualTo(100);
        assertThat(forecast.begin(1)).isEqualTo(100);
        assertThat(forecast.end(1)).isEqualTo(300);
        assertThat(forecast.begin(3)).as("two places behind them").isEqualTo(400);
    }

    @Test
    void tasksThatShareCallsEndAsSoonAsEachOfThemAlone() {
        Forecast forecast = forecast(device(4, List.of(), flat(SMALL)), task(10, 2), task(20, 1), task(30, 1));
        assertThat(List.of(forecast.end(0), forecast.end(1), forecast.end(2))).containsExactly(100.0, 200.0, 300.0);
    }

    @Test
    void aTaskBeyondThePlacesBeginsWhenOneOfThemIsFree() {
        Forecast forecast = forecast(device(2, List.of(), flat(SMALL)), task(10, 1), task(30, 1), task(10, 1));
        assertThat(forecast.begin(2)).isEqualTo(100);
        assertThat(forecast.end(2)).isEqualTo(200);
        assertThat(forecast.end(1)).isEqualTo(300);
    }

    @Test
    void whatRunsGoesOnWhereItIs() {
        TaskId runs = TaskId.random();
        Effort effort = new Effort("m", SMALL, 2, 20, 5);
        Job job = new Job(runs, 0, effort, List.of(new Image(3, 0)), 1);
        Forecast forecast = forecast(device(1, List.of(job), linear(SMALL, 1)), task(10, 1));
        assertThat(forecast.end(runs)).isEqualTo(30 + 5 + 200 + 5);
        assertThat(forecast.begin(0)).isEqualTo(240);
        assertThat(forecast.end(TaskId.random())).isNaN();
    }

    @Test
    void whatWasHeardAMomentAgoHasGoneOnSince() {
        TaskId runs = TaskId.random();
        Job job = new Job(runs, 0, new Effort("m", SMALL, 2, 20, 0), List.of(new Image(20, 0)), 0);
        DeviceWork work = new DeviceWork(1, 0, List.of(job), List.of(linear(SMALL, 1)));
        Forecast forecast = new Forecast(List.of(new Forecast.Heard(work, 50)), List.of(), 0, paces);
        assertThat(forecast.end(runs)).isEqualTo(150);
    }

    @Test
    void whatFillsTwoCallsIsClaimedAtOnceAndTheRestAMomentLater() {
        DeviceWork idle = new DeviceWork(4, 1, 0, List.of(), List.of(flat(SMALL)));
        Forecast forecast =
                new Forecast(List.of(new Forecast.Heard(idle, 0)), List.of(task(50, 2), task(40, 1)), 2, paces);
        assertThat(List.of(forecast.begin(0), forecast.begin(1))).containsExactly(0.0, 100.0);
        assertThat(List.of(forecast.end(0), forecast.end(1))).containsExactly(500.0, 500.0);
    }

    @Test
    void aPlaceThatIsFreeInAMomentIsGivenAwayBefore() {
        Job shorter = new Job(TaskId.random(), 0, new Effort("m", SMALL, 2, 50, 0), List.of(new Image(20, 0)), 0);
        Job longer = new Job(TaskId.random(), 0, new Effort("m", SMALL, 2, 50, 0), List.of(new Image(40, 0)), 0);
        DeviceWork busy = new DeviceWork(2, 2, 0, List.of(shorter, longer), List.of(flat(SMALL)));
        Forecast forecast = new Forecast(List.of(new Forecast.Heard(busy, 0)), List.of(task(10, 1)), 1, paces);
        assertThat(forecast.begin(0))
                .as("not a tenth of a second after it is free")
                .isEqualTo(200);
    }

    @Test
    void whatWasClaimedAMomentAgoIsSpreadOverTheDevicesAndBeginsNow() {
        List<Forecast.Heard> idle = List.of(
                new Forecast.Heard(new DeviceWork(1, 0, List.of(), List.of(linear(SMALL, 1))), 1_900),
                new Forecast.Heard(new DeviceWork(1, 0, List.of(), List.of(linear(SMALL, 1))), 40));
        Map<TaskId, WaitingTask> claimed = new LinkedHashMap<>();
        claimed.put(TaskId.random(), task(100, 1));
        claimed.put(TaskId.random(), task(100, 1));
        Forecast forecast = new Forecast(idle, claimed, List.of(), 0, paces);
        assertThat(claimed.keySet())
                .allSatisfy(task -> assertThat(forecast.end(task)).isEqualTo(1_000));
    }

    @Test
    void aTaskThatRunsAloneWasClaimedByWhoRanNothing() {
        Job runs = new Job(TaskId.random(), 0, new Effort("m", SMALL, 2, 200, 0), List.of(new Image(200, 0)), 0);
        List<Forecast.Heard> devices = List.of(
                new Forecast.Heard(new DeviceWork(4, 0, List.of(runs), List.of(linear(SMALL, 1))), 400),
                new Forecast.Heard(new DeviceWork(4, 0, List.of(), List.of(linear(SMALL, 1))), 40));
        TaskId crashed = TaskId.random();
        Map<TaskId, WaitingTask> claimed =
                Map.of(crashed, new WaitingTask(0, "m", new Workload(SMALL, "euler", true, 10, 1), true));
        Forecast forecast = new Forecast(devices, claimed, List.of(task(10, 1)), 1, paces);
        assertThat(forecast.end(crashed)).isEqualTo(100);
        assertThat(forecast.end(runs.taskId())).isLessThan(2_000);
    }

    @Test
    void whatRunsHasGoneOnSinceItWasHeardThoughATaskWaits() {
        Job runs = new Job(TaskId.random(), 0, new Effort("m", SMALL, 2, 200, 0), List.of(new Image(200, 0)), 0);
        DeviceWork busy = new DeviceWork(1, 0, List.of(runs), List.of(linear(SMALL, 1)));
        Forecast forecast = new Forecast(List.of(new Forecast.Heard(busy, 450)), List.of(task(10, 1)), 1, paces);
        assertThat(forecast.end(runs.taskId())).isEqualTo(1_550);
        assertThat(forecast.end(0)).isEqualTo(1_650);
    }

    @Test
    void aHigherPriorityGoesFirstThoughTheDeviceIsBusy() {
        TaskId runs = TaskId.random();
        Job job = new Job(runs, 0, new Effort("m", SMALL, 2, 50, 0), List.of(new Image(50, 0)), 0);
        Forecast forecast =
                forecast(device(1, List.of(job), linear(SMALL, 1)), task(9, SMALL, "euler", 10, 1), task(10, 1));
        assertThat(forecast.begin(0))
                .as("after a moment in which an idle device would have claimed it")
                .isEqualTo(100);
        assertThat(forecast.end(0)).isEqualTo(200);
        assertThat(forecast.end(runs)).isEqualTo(600);
        assertThat(forecast.end(1)).isEqualTo(700);
    }

    @Test
    void whoeverIsFreeFirstTakesTheNextAndEachDeviceHasItsOwnSpeed() {
        Forecast.Heard slow = device(1, List.of(), linear(SMALL, 4));
        Forecast.Heard fast = device(1, List.of(), linear(SMALL, 1));
        Forecast forecast = new Forecast(List.of(slow, fast), List.of(task(10, 1), task(10, 1), task(10, 1)), 3, paces);
        List<Double> ends = new ArrayList<>(List.of(forecast.end(0), forecast.end(1), forecast.end(2)));
        Collections.sort(ends);
        assertThat(ends).containsExactly(100.0, 200.0, 400.0);
    }

    @Test
    void samplersThatCallTwiceForAStepTakeTwiceAsLong() {
        Forecast forecast =
                forecast(device(1, List.of(), linear(SMALL, 1)), task(0, SMALL, "heun", 10, 1), task(10, 1));
        assertThat(forecast.end(0)).isEqualTo(190);
    }

    @Test
    void aSizeThatIsNewToTheDeviceIsLearnedCallByCall() {
        // 8 images of 30 calls, which gain all from sharing: the device tries one more image every few calls
        Speed free = speed(SMALL, 10, 10, 10, 10, 10, 10);
        Forecast forecast = forecast(device(8, List.of(), free), task(0, 4 * SMALL, "euler", 30, 8));
        assertThat(forecast.end(0)).isBetween(300.0, 600.0);
    }

    @Test
    void beyondItsOwnMeasurementsASizeGoesOnLikeTheOther() {
        Speed small = speed(SMALL, 10, 20, 40, 80, 160, 320);
        Speed large = new Speed("m", 4 * SMALL, List.of(new LatencyCurve.Point(2, 80, 100)));
        // a row of four times the pixels takes twice what four rows take, so calls of one image stay
        Forecast forecast = forecast(device(4, List.of(), small, large), task(0, 4 * SMALL, "euler", 10, 2));
        assertThat(forecast.end(0)).isCloseTo(2 * 10 * 80, within(1.0));
    }

    @Test
    void anotherSizeTakesItsShareOfTheMeasuredOne() {
        Forecast forecast = forecast(device(1, List.of(), linear(SMALL, 1)), task(0, 4 * SMALL, "euler", 10, 1));
        assertThat(forecast.end(0)).isEqualTo(400);
    }

    @Test
    void whereNoCallWasMeasuredThePaceOfEarlierImagesCounts() {
        paces.learn(new PaceBook.Key("m", SMALL, "euler", true), 7, 30);
        Forecast forecast = forecast(device(1, List.of()), task(10, 1));
        assertThat(forecast.end(0)).isCloseTo(100, within(1e-9));
        assertThat(new Forecast(List.of(), List.of(task(10, 1)), 1, paces).end(0))
                .as("without a device")
                .isNaN();
    }

    @Test
    void whatIsUnknownSaysNothingOfItselfAndCountsLikeTheOthers() {
        WaitingTask unknown = new WaitingTask(0, "new", null);
        Forecast forecast = forecast(device(1, List.of(), linear(SMALL, 1)), task(10, 1), unknown, task(30, 1));
        assertThat(forecast.end(1)).isNaN();
        assertThat(forecast.end(2)).isEqualTo(100 + 200 + 300);
        assertThat(forecast(device(1, List.of()), unknown).begin(0)).isNaN();
    }

    @Test
    void aLongQueueGoesOnAtThePaceOfItsFirstTasks() {
        List<WaitingTask> queue = Collections.nCopies(Forecast.PLAYED, task(10, 1));
        Forecast forecast = new Forecast(List.of(device(4, List.of(), linear(SMALL, 1))), queue, 10_000, paces);
        assertThat(forecast.end(9_999)).isCloseTo(1_000_000, within(20_000.0));
        assertThat(forecast.begin(5_000)).isCloseTo(500_000, within(10_000.0));
    }

    @Test
    void aQueueOfManyHoursIsForeseenToItsEnd() {
        List<WaitingTask> queue = Collections.nCopies(Forecast.PLAYED, task(200, 32));
        Forecast forecast = new Forecast(List.of(device(1, List.of(), linear(SMALL, 1))), queue, 10_000, paces);
        double each = 32 * 200 * 10;
        for (int place : new int[] {0, 1, 60, 127, 128, 5_000, 9_999}) {
            assertThat(forecast.begin(place)).as("begin of %d", place).isCloseTo(place * each, within(2 * each));
            assertThat(forecast.end(place)).as("end of %d", place).isCloseTo((place + 1) * each, within(2 * each));
        }
    }

    @Test
    void tasksOfManySizesKeepTheirOrderBeyondWhatIsPlayedThrough() {
        List<WaitingTask> queue = new ArrayList<>();
        double[] sums = new double[Forecast.PLAYED];
        double sum = 0;
        for (int i = 0; i < sums.length; i++) {
            int steps = 50 + 37 * i % 100;
            int images = 8 + i % 25;
            queue.add(task(steps, images));
            sums[i] = sum;
            sum += 10.0 * steps * images;
        }
        List<Forecast.Heard> two =
                List.of(device(1, List.of(), linear(SMALL, 1)), device(1, List.of(), linear(SMALL, 1)));
        Forecast forecast = new Forecast(two, queue, queue.size(), paces);
        for (int i = 1; i < sums.length; i++) {
            assertThat(forecast.begin(i)).as("begin of %d", i).isGreaterThanOrEqualTo(forecast.begin(i - 1));
            assertThat(forecast.begin(i)).as("begin of %d", i).isCloseTo(sums[i] / 2, within(sum / 20));
            assertThat(forecast.end(i)).isGreaterThan(forecast.begin(i));
        }
    }

    @Test
    void whatRunsForVeryLongIsWaitedFor() {
        TaskId runs = TaskId.random();
        Job job = new Job(runs, 0, new Effort("m", SMALL, 2, 10, 0), List.of(), 5_000);
        Forecast forecast = forecast(device(1, List.of(job), linear(SMALL, 1)), task(10, 1));
        assertThat(forecast.end(runs)).isCloseTo(500_000, within(5_000.0));
        assertThat(forecast.begin(0)).isCloseTo(500_000, within(5_000.0));
        assertThat(forecast.begin(1)).isCloseTo(500_100, within(5_000.0));
    }

    @Test
    void aTaskThatRunsAloneWaitsForTheOthersAndNothingJoinsIt() {
        TaskId runs = TaskId.random();
        Job job = new Job(runs, 0, new Effort("m", SMALL, 2, 20, 0), List.of(new Image(20, 0)), 0);
        WaitingTask alone = new WaitingTask(0, "m", new Workload(SMALL, "euler", true, 10, 2), true);
        Forecast forecast = forecast(device(4, List.of(job), flat(SMALL)), alone, task(10, 1));
        assertThat(forecast.end(runs)).isEqualTo(200);
        assertThat(forecast.begin(0)).isEqualTo(200);
        assertThat(forecast.end(0)).isEqualTo(300);
        assertThat(forecast.begin(1)).isEqualTo(300);
        assertThat(forecast.end(1)).isEqualTo(400);
    }

    @Test
    void nothingJoinsWhatRunsAlone() {
        Job job = new Job(TaskId.random(), 0, new Effort("m", SMALL, 2, 20, 0), List.of(new Image(20, 0)), 0, true);
        Forecast forecast = forecast(device(4, List.of(job), flat(SMALL)), task(10, 1));
        assertThat(forecast.begin(0)).isEqualTo(200);
    }

    @Test
    void aTaskThatMakesNothingCountsAsUnknown() {
        for (Workload nothing : List.of(
                new Workload(SMALL, "euler", true, 10, 0),
                new Workload(SMALL, "euler", true, 10, -1),
                new Workload(SMALL, "euler", true, 0, 1),
                new Workload(0, "euler", true, 10, 1))) {
            Forecast forecast =
                    forecast(device(1, List.of(), linear(SMALL, 1)), new WaitingTask(0, "m", nothing), task(10, 1));
            assertThat(forecast.end(0)).as("%s", nothing).isNaN();
            assertThat(forecast.end(1)).as("%s", nothing).isEqualTo(200);
        }
    }
}
