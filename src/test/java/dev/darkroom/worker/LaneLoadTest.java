package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.MessageCodecs;
import dev.darkroom.bus.TaskNotice;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class LaneLoadTest {

    private final BlockingQueue<TaskNotice> heard = new LinkedBlockingQueue<>();

    private final AtomicLong now = new AtomicLong();

    private TaskNotice next() throws InterruptedException {
        return heard.poll(30, TimeUnit.SECONDS);
    }

    @Test
    void aLaneThatHasTakenItsLeaveSaysNothingMore() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            MessageCodecs.register(vertx);
            vertx.eventBus().<TaskNotice>consumer(Addresses.TASKS, message -> heard.add(message.body()));
            LaneRows rows = new LaneRows();
            DeviceCurves curves = new DeviceCurves(vertx, null);
            LaneLoad load = new LaneLoad(
                    vertx, rows, new LaneForecast(rows, curves), curves, new CallPause(), () -> 1, 4, now::get);
            load.tell(List.of());
            assertThat(next())
                    .isInstanceOfSatisfying(
                            TaskNotice.Load.class,
                            said -> assertThat(said.work()).isNotNull());
            load.leave();
            now.addAndGet(TimeUnit.HOURS.toNanos(1));
            load.tell(List.of());
            TaskNotice last = new TaskNotice.Load(UUID.randomUUID(), null);
            vertx.eventBus().publish(Addresses.TASKS, last);
            assertThat(next())
                    .isInstanceOfSatisfying(
                            TaskNotice.Load.class,
                            said -> assertThat(said.work()).isNull());
            assertThat(next()).isEqualTo(last);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        }
    }
}
