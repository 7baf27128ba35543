package dev.darkroom.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.diffusion.LatencyCurve;
import dev.darkroom.forecast.DeviceWork;
import dev.darkroom.forecast.Forecast;
import dev.darkroom.forecast.WaitingTask;
import dev.darkroom.task.PaceBook;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.Workload;
import java.util.List;
import org.junit.jupiter.api.Test;

final class QueueViewTest {

    private static final TaskId RUNNING = TaskId.random();

    /** A device that has 5 ms to do yet, and then makes two tasks of 10 ms. */
    private static QueueView view() {
        DeviceWork.Effort effort = new DeviceWork.Effort("m", 1, 1, 5, 0);
        DeviceWork.Job job = new DeviceWork.Job(RUNNING, 0, effort, List.of(new DeviceWork.Image(5, 0)), 0);
        LatencyCurve.Point point = new LatencyCurve.Point(1, 1, 100);
        DeviceWork work = new DeviceWork(1, 0, List.of(job), List.of(new DeviceWork.Speed("m", 1, List.of(point))));
        WaitingTask waiting = new WaitingTask(0, "m", new Workload(1, "euler", false, 10, 1));
        Forecast forecast =
                new Forecast(List.of(new Forecast.Heard(work, 0)), List.of(waiting, waiting), 2, new PaceBook());
        return new QueueView(List.of(100L, 101L), forecast, 0);
    }

    @Test
    void timePasses() {
        assertThat(view().millisLeft(RUNNING, 7, 2_000_000)).isEqualTo(3);
        assertThat(view().millisLeft(100, 0)).isEqualTo(15);
        assertThat(view().millisLeft(101, 10_000_000)).isEqualTo(15);
        assertThat(view().millisLeft(101, 1_000_000_000)).isZero();
        assertThat(view().millisLeft(7, 0)).isNull();
    }

    @Test
    void whoIsNotInItCameLater() {
        assertThat(view().place(101)).isEqualTo(1);
        assertThat(view().place(7)).isEqualTo(2);
    }

    @Test
    void placesBecomeFreeAsTasksBegin() {
        assertThat(view().millisUntilBegin(0, 0)).isEqualTo(5);
        assertThat(view().millisUntilBegin(1, 0)).isEqualTo(15);
        assertThat(view().millisUntilBegin(3, 0)).isEqualTo(35);
        assertThat(QueueView.EMPTY.millisUntilBegin(0, 0)).isNaN();
    }

    @Test
    void aForecastServesTheQueueAsItIsALittleLater() {
        QueueView later = view().seenAgain(List.of(101L, 102L));
        assertThat(later.size()).isEqualTo(2);
        assertThat(later.place(101)).isZero();
        assertThat(later.millisLeft(101, 5_000_000)).isEqualTo(20);
        assertThat(later.millisLeft(102, 5_000_000)).isEqualTo(30);
        assertThat(later.millisLeft(100, 5_000_000)).as("it waits no more").isNull();
        assertThat(later.millisLeft(TaskId.random(), 100, 5_000_000))
                .as("it was claimed since")
                .isEqualTo(10);
        assertThat(later.millisUntilBegin(0, 5_000_000)).isEqualTo(10);
        assertThat(later.seenAgain(List.of(102L)).millisLeft(102, 5_000_000)).isEqualTo(30);
    }
}
