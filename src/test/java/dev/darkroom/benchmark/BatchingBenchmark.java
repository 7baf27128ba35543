package dev.darkroom.benchmark;

import com.sun.management.ThreadMXBean;
import dev.darkroom.diffusion.BatchKey;
import dev.darkroom.diffusion.CurveProbe;
import dev.darkroom.diffusion.LatencyCurve;
import dev.darkroom.diffusion.Row;
import dev.darkroom.diffusion.StepLoop;
import dev.darkroom.diffusion.StepPlanner;
import dev.darkroom.model.Conditioning;
import dev.darkroom.model.DeviceConfig;
import dev.darkroom.model.FamilyArchive;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelCatalogue;
import dev.darkroom.model.ModelException;
import dev.darkroom.model.ModelFolder;
import dev.darkroom.model.OnnxModelLoader;
import dev.darkroom.settings.Settings;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * Plays the same arrival traces against three ways to use a device: one picture at a time, a batch of waiting requests that
 * runs to its end before the next is begun (which a server can do only with requests of equal settings; here even mixed
 * ones share it), and step-level batching. Tasks have one picture, 4 to 50 steps, seven samplers, guidance with a negative
 * prompt, and a preview of each step. Closed loop: so many clients, each of which sends its next task when the last is
 * done. Open loop: Poisson arrivals at a share of the pace at which one picture at a time makes the same tasks. Since they
 * come by the clock, a slower minute would be one way's bad luck: the ways take turns, a trace each, for three rounds.
 *
 * <p>Devices: {@code curve}, a session that takes the measured time of an H200 at 512 x 512 (sglang's pull request 22183),
 * a twentieth of it; {@code model}, the first model of the folder {@code models}; {@code sdxl}, a tiny SDXL.
 *
 * <p>"Join" is the number of calls that passed a task over though the call had room, at p99; "host" the time outside the
 * model's calls while there was work. "Of best" compares rows per second while there was work with those of calls of the
 * curve's best size. Such a call is made after every sixteenth of the traces, while the clock stands still, since a machine's
 * speed changes from second to second. In a closed loop it counts only while all clients have a task; "img/s" has the end
 * in it, in which the last tasks are alone. As a lane does, the planner goes by what calls take, beginning with the curve.
 */
public final class BatchingBenchmark {

    private static final double SCALE = 1 / 20.0;
    private static final double[][] H200 = {{1, 167}, {2, 183}, {3, 186}, {4, 240}, {8, 425}, {16, 832}};
    private static final int MOST_ROWS = 32;
    private static final int REFERENCE_EVERY = 16;
    private static final int OPEN_ROUNDS = 3;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private enum Way {
        ONE_AT_A_TIME,
        BATCH_PER_REQUEST,
        STEP_LEVEL
    }

    private final LoadedModel model;
    private final LatencyCurve measured;
    private final ReferenceCalls reference;
    private final Conditioning positive;
    private final Conditioning negative;
    private final StepLoop loop;
    private final PreviewThread previews;
    private LatencyCurve curve = new LatencyCurve();
    private TraceTally tally = new TraceTally();
    private long standingNanos;
    private long turns;

    private BatchingBenchmark(LoadedModel model, LatencyCurve measured) throws ModelException {
        this.model = model;
        this.measured = measured;
        positive = model.encode("a cat on the moon", 1);
        negative = model.encodeNegative("", 1);
        loop = new StepLoop(model);
        previews = new PreviewThread(model);
        LatencyCurve.Point best = measured.points().stream()
                .max(Comparator.comparingDouble(point -> point.rows() / point.millis()))
                .orElseThrow();
        reference = new ReferenceCalls(model, positive, side(model), best.rows());
    }

    /** @param args the device, {@code curve} by default; tasks of a trace; {@code closed} or {@code open} for only these loops */
    public static void main(String[] args) throws Exception {
        String device = args.length == 0 ? "curve" : args[0];
        int tasks = args.length < 2 ? 64 : Integer.parseInt(args[1]);
        if (args.length > 2 && !List.of("closed", "open").contains(args[2])) {
            throw new IllegalArgumentException(args[2] + " is neither closed nor open");
        }
        boolean closed = args.length < 3 || args[2].equals("closed");
        boolean open = args.length < 3 || args[2].equals("open");
        if (device.equals("curve")) {
            LatencyCurve known = h200();
            new BatchingBenchmark(new CurveModel(known), known).run(tasks, closed, open);
            return;
        }
        Path models = Path.of("models");
        String name = "";
        if (device.equals("sdxl")) {
            models = Files.createTempDirectory("darkroom-families");
            FamilyArchive.unpack(models);
            name = "sdxl";
        }
        OnnxModelLoader loader = new OnnxModelLoader(DeviceConfig.from(new Settings(Map.of("sampler.device", "cpu"))));
        String wanted = name;
        ModelFolder folder = new ModelCatalogue(models)
                .scan().stream()
                        .filter(found -> found.name().startsWith(wanted))
                        .findFirst()
                        .orElseThrow();
        try (LoadedModel model = loader.load(folder)) {
            new BatchingBenchmark(model, measured(model)).run(tasks, closed, open);
        }
    }

    private static LatencyCurve h200() {
        LatencyCurve known = new LatencyCurve();
        for (double[] point : H200) {
            known.put(List.of(new LatencyCurve.Point((int) point[0], point[1] * SCALE, 1_000)));
        }
        for (int size : new int[] {6, 12}) {
            known.put(List.of(new LatencyCurve.Point(size, known.millis(size), 1_000)));
        }
        return known;
    }

    private static LatencyCurve measured(LoadedModel model) throws ModelException {
        Conditioning text = model.encode("", 1);
        LatencyCurve known = new LatencyCurve();
        CurveProbe probe = new CurveProbe(
                model,
                new BatchKey(side(model), side(model), text.tokens()),
                text,
                known,
                MOST_ROWS,
                5,
                60_000_000_000L);
        while (!probe.done()) {
            probe.turn();
        }
        known.points()
                .forEach(point -> System.out.printf(
                        "%2d rows %8.2f ms, %7.1f rows/s%n",
                        point.rows(), point.millis(), 1000 * point.rows() / point.millis()));
        return known;
    }

    private static int side(LoadedModel model) {
        return model.traits().nativeSize() / model.traits().latentScale();
    }

    private void run(int tasks, boolean closed, boolean open) throws ModelException {
        play(1, closed(8, 1), Way.ONE_AT_A_TIME); // until the loop's code is compiled
        System.out.println(TraceTally.HEAD);
        if (closed) {
            closedLoops(tasks);
        }
        if (open) {
            openLoops(tasks);
        }
        System.out.printf("%d bytes of garbage a call in the last run%n", tally.garbageOfCall());
        previews.close();
    }

    private void closedLoops(int tasks) throws ModelException {
        for (int clients : new int[] {1, 4, 16, 64}) {
            for (Way way : Way.values()) {
                tally = new TraceTally();
                play(clients, closed(Math.max(tasks, 2 * clients), 7), way);
                tell(clients + " clients", way, tally);
            }
        }
    }

    private void openLoops(int tasks) throws ModelException {
        tally = new TraceTally();
        for (int round = 0; round < OPEN_ROUNDS; round++) {
            play(1, open(tasks, 0, round), Way.ONE_AT_A_TIME);
        }
        double apartMillis = 1000 / tally.imagesPerSecond();
        for (int percent : new int[] {50, 80, 95}) {
            Map<Way, TraceTally> tallies = new EnumMap<>(Way.class);
            for (int round = 0; round < OPEN_ROUNDS; round++) {
                for (Way way : Way.values()) {
                    tally = tallies.computeIfAbsent(way, w -> new TraceTally());
                    play(0, open(tasks, apartMillis * 100 / percent, round), way);
                }
            }
            tallies.forEach((way, played) -> tell("open, " + percent + " %", way, played));
        }
    }

    private static void tell(String trace, Way way, TraceTally tally) {
        String name = way.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        System.out.println(tally.line(trace, name));
    }

    private static List<TraceTask> closed(int tasks, long seed) {
        Random random = new Random(seed);
        List<TraceTask> trace = new ArrayList<>();
        for (int i = 0; i < tasks; i++) {
            trace.add(new TraceTask(0, random));
        }
        return trace;
    }

    private static List<TraceTask> open(int tasks, double apartMillis, int round) {
        Random random = new Random(11 + round);
        List<TraceTask> trace = new ArrayList<>();
        double time = 0;
        for (int i = 0; i < tasks; i++) {
            time -= apartMillis * Math.log(1 - random.nextDouble());
            trace.add(new TraceTask(time, random));
        }
        return trace;
    }

    /** @param clients of a closed loop, or 0 for an open one */
    private void play(int clients, List<TraceTask> trace, Way way) throws ModelException {
        curve = new LatencyCurve();
        curve.put(measured.points());
        List<TraceTask> coming = new ArrayList<>(trace);
        List<TraceTask> present = new ArrayList<>();
        List<TraceTask> batch = new ArrayList<>();
        StepPlanner planner = new StepPlanner(MOST_ROWS);
        long begun = now();
        while (!coming.isEmpty() || !present.isEmpty()) {
            arrive(coming, present, clients, begun);
            boolean full = clients == 0 || present.size() == clients;
            if (present.isEmpty()) {
                LockSupport.parkNanos(200_000);
                continue;
            }
            long turn = now();
            long bytes = THREADS.getCurrentThreadAllocatedBytes();
            List<TraceTask> members = present;
            int size = 0;
            if (way == Way.STEP_LEVEL) {
                StepPlanner.Plan<TraceTask> plan = planner.plan(present, task -> task.curve, turn);
                members = plan.members();
                size = plan.size();
            } else {
                batch.removeIf(task -> task.row().sampler().done());
                if (batch.isEmpty()) {
                    int most = way == Way.ONE_AT_A_TIME ? 1 : Math.max(1, curve.cap(2, MOST_ROWS, turn) / 2);
                    present.sort(Comparator.comparingLong(task -> task.arrived));
                    batch.addAll(present.subList(0, Math.min(most, present.size())));
                }
                members = batch;
            }
            int rows = call(present, members, size, turn);
            bytes = THREADS.getCurrentThreadAllocatedBytes() - bytes;
            present.removeIf(task -> task.row().sampler().done());
            tally.turned(rows, now() - turn, loop.modelNanos(), full, bytes);
            if (full && ++turns % REFERENCE_EVERY == 0) {
                long nanos = reference.call();
                tally.referred(reference.rows(), nanos);
                standingNanos += nanos;
            }
        }
        tally.played(trace, now() - begun);
    }

    /** Returns the trace's time, which stands still while something else is measured. */
    private long now() {
        return System.nanoTime() - standingNanos;
    }

    private void arrive(List<TraceTask> coming, List<TraceTask> present, int clients, long begun) {
        long now = now();
        while (!coming.isEmpty()
                && (clients > 0 ? present.size() < clients : coming.get(0).arrivalMillis <= (now - begun) / 1e6)) {
            TraceTask task = coming.remove(0);
            task.begin(model, positive, negative, curve);
            task.arrived = clients > 0 ? now : begun + (long) (task.arrivalMillis * 1e6);
            present.add(task);
        }
    }

    /** Makes a call; returns its rows, those that fill it up left out. */
    private int call(List<TraceTask> present, List<TraceTask> members, int size, long turn) throws ModelException {
        List<Row> rows = new ArrayList<>(members.size());
        int modelRows = 0;
        for (TraceTask task : members) {
            rows.add(task.row());
            modelRows += task.modelRows();
            task.stepBefore = task.row().sampler().step();
        }
        // by what the planner knew when it chose
        boolean room = modelRows + 2 <= curve.cap(2, MOST_ROWS, turn);
        loop.turn(rows, size);
        if (loop.wasUsual()) {
            curve.learn(Math.max(size, modelRows), loop.modelNanos() / 1e6);
        }
        long now = now();
        for (TraceTask task : present) {
            if (members.contains(task)) {
                task.calls++;
                task.ended = now;
                if (task.row().sampler().step() > task.stepBefore) {
                    previews.stepped(task.row());
                }
            } else {
                task.waitedNanos += now - turn;
                task.callsPassedOver += task.calls == 0 && room ? 1 : 0;
            }
        }
        return modelRows;
    }
}
