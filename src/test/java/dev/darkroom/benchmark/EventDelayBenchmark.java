package dev.darkroom.benchmark;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.darkroom.ClusteredNodes;
import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.NodeEventHub;
import dev.darkroom.bus.TaskNotice;
import dev.darkroom.http.HttpStage;
import dev.darkroom.store.Awaited;
import dev.darkroom.task.Preview;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskId;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * Prints how long an event takes from the sampler's call of the hub to the last byte at the client's socket: 100 tasks
 * with a stream each, told in turn, 20 events a second and task, each with a preview of 30 kB. The HTTP side, the bus and
 * the sockets are real; nobody samples. The clients run in the same process. With the argument {@code nodes} the events
 * are told on one node and read on another: two Vert.x of this process, joined as servers are, over loopback.
 *
 * <pre>mvn -q test-compile exec:java -Dexec.classpathScope=test \
 *     -Dmain.class=dev.darkroom.benchmark.EventDelayBenchmark</pre>
 */
public final class EventDelayBenchmark implements EventStreams.Reader {

    private static final int TASKS = 100;
    private static final int EVENTS_PER_SECOND = 20;
    private static final int PREVIEW_BYTES = 30_000;
    private static final int WARM_UP_SECONDS = 10;
    private static final int SECONDS = 30;

    private final BlockingQueue<TaskId> tasks = new LinkedBlockingQueue<>();
    private final double[] milliseconds = new double[TASKS * EVENTS_PER_SECOND * (WARM_UP_SECONDS + SECONDS)];
    private volatile int received;
    private volatile boolean stopped;

    private EventDelayBenchmark() {}

    /** @param args {@code nodes} for two of them */
    public static void main(String[] args) throws Exception {
        Path folder = Files.createTempDirectory("darkroom-benchmark");
        if (args.length == 0) {
            try (HttpStage stage = new HttpStage(folder, Map.of())) {
                new EventDelayBenchmark().run(stage, stage.hub);
            }
            return;
        }
        List<Vertx> nodes = ClusteredNodes.open(2);
        try (HttpStage stage = new HttpStage(folder, Map.of(), nodes.get(0))) {
            NodeEventHub teller = new NodeEventHub(nodes.get(1), UUID.randomUUID(), null);
            Awaited.get(teller.start());
            new EventDelayBenchmark().run(stage, teller);
            Awaited.get(nodes.get(1).close());
        }
    }

    /** @param teller of the node where the tasks run */
    private void run(HttpStage stage, NodeEventHub teller) throws Exception {
        byte[] request = HttpLoad.generate("{\"prompt\":\"a cat\",\"stream_output\":true}");
        EventStreams streams = new EventStreams(stage.port, request, 4 * PREVIEW_BYTES, this);
        for (int i = 0; i < TASKS; i++) {
            streams.open();
        }
        Thread clients = new Thread(() -> serve(streams), "clients");
        clients.start();
        TaskId[] running = new TaskId[TASKS];
        for (int i = 0; i < TASKS; i++) {
            running[i] = tasks.take();
        }
        if (teller != stage.hub) {
            claim(stage, teller, running);
        }
        int late = tell(teller, running);
        LockSupport.parkNanos(1_000_000_000);
        int arrived = received;
        stopped = true;
        clients.join();
        report(arrived, late);
    }

    /** Says that the tasks run there, and waits until the reading node has asked for each. */
    private static void claim(HttpStage stage, NodeEventHub teller, TaskId[] running) {
        for (TaskId task : running) {
            teller.tell(new TaskEvent.Started(task, 1, -1));
            stage.vertx.eventBus().publish(Addresses.TASKS, new TaskNotice.Claimed(task, 1, teller.node()));
        }
        for (TaskId task : running) {
            while (!teller.isWatched(task)) {
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    private void serve(EventStreams streams) {
        try (streams) {
            while (!stopped) {
                streams.serve(100);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /** Returns how many events were told over 10 ms after their time, because this machine had no core for it. */
    private int tell(NodeEventHub teller, TaskId[] running) {
        byte[] picture = new byte[PREVIEW_BYTES];
        new Random(7).nextBytes(picture);
        int late = 0;
        long begin = System.nanoTime();
        for (int event = 0; event < milliseconds.length; event++) {
            long due = begin + event * (1_000_000_000L / (TASKS * EVENTS_PER_SECOND));
            while (System.nanoTime() < due) {
                LockSupport.parkNanos(due - System.nanoTime());
            }
            late += System.nanoTime() - due > 10_000_000 ? 1 : 0;
            int step = event / TASKS;
            teller.tell(new TaskEvent.Progressed(
                    running[event % TASKS],
                    1,
                    step,
                    50,
                    "@" + System.nanoTime(),
                    step,
                    30,
                    0,
                    1,
                    new Preview(picture, 256, 256)));
        }
        return late;
    }

    @Override
    public void opened(String head) {
        tasks.add(new TaskId(HttpLoad.header(head, "X-Task-Id")));
    }

    @Override
    public void chunk(byte[] bytes, int from, int to) {
        long now = System.nanoTime();
        // the message stands behind the preview
        String tail = new String(bytes, Math.max(from, to - 100), Math.min(100, to - from), US_ASCII);
        int mark = tail.indexOf('@');
        if (mark >= 0) {
            long told = Long.parseLong(tail.substring(mark + 1, tail.indexOf('"', mark)));
            int index = received;
            milliseconds[index] = (now - told) / 1e6;
            received = index + 1;
        }
    }

    private void report(int arrived, int late) {
        int warmUp = TASKS * EVENTS_PER_SECOND * WARM_UP_SECONDS;
        double[] measured = Arrays.copyOfRange(milliseconds, Math.min(warmUp, arrived), arrived);
        Arrays.sort(measured);
        System.out.printf(
                "%,d events told in all, %,d of them late; %,d arrived, %,d were skipped for a newer one%n",
                milliseconds.length, late, arrived, milliseconds.length - arrived);
        System.out.printf(
                "delay in ms after the warm-up: median %.2f, p90 %.2f, p99 %.2f, most %.2f%n",
                measured[measured.length / 2],
                measured[measured.length * 9 / 10],
                measured[measured.length * 99 / 100],
                measured[measured.length - 1]);
    }
}
