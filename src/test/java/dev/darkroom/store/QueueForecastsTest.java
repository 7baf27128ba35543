package dev.darkroom.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.TaskNotice;
import dev.darkroom.diffusion.LatencyCurve;
import dev.darkroom.forecast.DeviceWork;
import dev.darkroom.forecast.WaitingTask;
import dev.darkroom.task.PaceBook;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.Workload;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class QueueForecastsTest {

    private static final WaitingTask TASK = new WaitingTask(0, "m", new Workload(1, "euler", false, 10, 1));

    private final UUID device = UUID.randomUUID();
    private final DeviceLoads loads = new DeviceLoads(this::passing);
    private final QueueForecasts forecasts = new QueueForecasts(loads, new PaceBook(), this::passing);
    private long now;

    /** Whatever looks at the clock takes a millisecond until then. */
    private long passing() {
        return now += 1_000_000;
    }

    private void pass(long millis) {
        now += 1_000_000 * millis;
    }

    private static DeviceWork work(int places, double callMillis) {
        LatencyCurve.Point point = new LatencyCurve.Point(1, callMillis, 100);
        return new DeviceWork(places, 0, List.of(), List.of(new DeviceWork.Speed("m", 1, List.of(point))));
    }

    private void hear(@Nullable DeviceWork work) {
        forecasts.heard(loads.heard(new TaskNotice.Load(device, work)));
    }

    private static QueueLook queue(Long... ids) {
        return new QueueLook(List.of(ids), List.of(ids).stream().map(id -> TASK).toList(), Map.of());
    }

    private @Nullable Long millisLeft(QueueView view, long id) {
        return view.millisLeft(id, now);
    }

    @Test
    void aForecastServesTwentyTimesAsLongAsItTook() {
        hear(work(1, 1_000));
        assertThat(millisLeft(forecasts.view(queue(1L)), 1)).isBetween(9_900L, 10_000L);
        hear(work(1, 2_000));
        assertThat(forecasts.due()).as("there is news, but no time for it").isFalse();
        QueueView view = forecasts.view(queue(1L, 2L));
        assertThat(millisLeft(view, 1)).isBetween(9_900L, 10_000L);
        assertThat(millisLeft(view, 2)).isBetween(19_900L, 20_000L);
        pass(40);
        assertThat(forecasts.due()).isTrue();
        assertThat(millisLeft(forecasts.view(queue(1L, 2L)), 1)).isBetween(19_900L, 20_000L);
        pass(1_000);
        assertThat(forecasts.due()).as("without news").isFalse();
    }

    @Test
    void aQueueThatWasSeenTooSoonIsForecastAsSoonAsThereIsTime() {
        hear(work(1, 1_000));
        forecasts.view(queue(1L));
        forecasts.view(queue(1L, 2L));
        pass(40);
        assertThat(forecasts.due()).isTrue();
    }

    @Test
    void aTaskThatADeviceHasTakenAndNotToldOfCounts() {
        hear(work(1, 1_000));
        TaskId taken = TaskId.random();
        QueueView view = forecasts.view(new QueueLook(List.of(1L), List.of(TASK), Map.of(taken, TASK)));
        assertThat(view.millisLeft(taken, 0, now)).isBetween(9_900L, 10_000L);
        assertThat(millisLeft(view, 1)).isBetween(19_900L, 20_000L);
        pass(1_000);
        DeviceWork.Job told = new DeviceWork.Job(
                taken, 0, new DeviceWork.Effort("m", 1, 1, 10, 0), List.of(new DeviceWork.Image(5, 0)), 0);
        DeviceWork busy = work(1, 1_000);
        hear(new DeviceWork(1, 0, List.of(told), busy.speeds()));
        view = forecasts.view(new QueueLook(List.of(1L), List.of(TASK), Map.of(taken, TASK)));
        assertThat(view.millisLeft(taken, 0, now)).as("the device knows better").isBetween(4_900L, 5_000L);
        assertThat(millisLeft(view, 1)).isBetween(14_900L, 15_000L);
    }

    @Test
    void aDeviceThatComesOrGoesIsNotWaitedFor() {
        hear(work(1, 1_000));
        forecasts.view(queue(1L));
        hear(null);
        assertThat(forecasts.due()).isTrue();
        assertThat(millisLeft(forecasts.view(queue(1L)), 1)).isNull();
        hear(work(1, 1_000));
        assertThat(millisLeft(forecasts.view(queue(1L)), 1)).isNotNull();
    }

    @Test
    void whatCantBeForecastIsStillTold() {
        hear(work(0, 1_000));
        QueueView view = forecasts.view(queue(1L, 2L));
        assertThat(view.place(2)).isEqualTo(1);
        assertThat(millisLeft(view, 2)).isNull();
        assertThat(view.millisUntilBegin(1, now)).isNaN();
    }
}
