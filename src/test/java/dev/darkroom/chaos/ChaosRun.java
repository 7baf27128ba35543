package dev.darkroom.chaos;

import dev.darkroom.chaos.ChaosPlan.Trouble;
import dev.darkroom.chaos.ChaosWork.Kind;
import dev.darkroom.image.RgbImage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;

/**
 * Three nodes over one database make pictures while they are killed, stopped, drained and cut off, and the database
 * restarts. Each trouble comes with new tasks, and the next one when most of these have ended, so that work and troubles
 * interleave whatever the machine's speed. Everything is on the loopback interface, and bounded: a task that does not
 * end makes the run fail.
 */
final class ChaosRun implements AutoCloseable {

    /** The next trouble comes while so many tasks are still open. */
    private static final int OPEN = 6;

    private final ChaosPlan plan;
    private final Consumer<String> told;
    private final Random random;
    private final ChaosDatabase database;
    private final ChaosCluster cluster;
    private final ChaosStreams streams;
    private final ChaosWork work;
    private final ChaosPictures pictures;

    /** @param folder empty; holds everything */
    ChaosRun(ChaosPlan plan, Path folder, Consumer<String> told) throws Exception {
        this.plan = plan;
        this.told = told;
        this.random = new Random(plan.seed());
        this.database = new ChaosDatabase(folder.resolve("postgres"), told);
        this.cluster = new ChaosCluster(folder, database.uri(), plan.lease(), random);
        ChaosClient client = new ChaosClient(cluster.nodes());
        this.streams = new ChaosStreams(client);
        this.work = new ChaosWork(client, database, random);
        this.pictures = new ChaosPictures(client, database);
    }

    ChaosReport run() throws Exception {
        cluster.start();
        database.watchEnds();
        told.accept("three nodes are ready");
        Map<Kind, RgbImage> expected = undisturbed();
        Troubles troubles = new Troubles(plan, cluster, database, work, streams, told);
        long begun = System.nanoTime();
        for (Trouble trouble : plan.troubles(random)) {
            work.submit(plan.share());
            troubles.happen(trouble);
            work.awaitOpenAtMost(OPEN);
        }
        work.submit(Math.max(0, plan.tasks() - work.tasks().size()));
        work.awaitOpenAtMost(0);
        double seconds = (System.nanoTime() - begun) / 1e9;
        streams.awaitEnds();
        cluster.awaitAll();
        return report(expected, troubles, seconds);
    }

    private Map<Kind, RgbImage> undisturbed() throws Exception {
        Map<String, Kind> tasks = work.submitOfEach();
        work.awaitOpenAtMost(0);
        Map<String, RgbImage> made = pictures.of(tasks.keySet());
        Map<Kind, RgbImage> expected = new HashMap<>();
        tasks.forEach((task, kind) -> expected.put(kind, made.get(task)));
        if (made.size() != tasks.size()) {
            throw new IllegalStateException("the undisturbed run made %d pictures only".formatted(made.size()));
        }
        told.accept("%d pictures of an undisturbed run".formatted(made.size()));
        return expected;
    }

    private ChaosReport report(Map<Kind, RgbImage> expected, Troubles troubles, double seconds) throws Exception {
        Map<String, Kind> tasks = work.tasks();
        Map<String, RgbImage> made = pictures.of(tasks.keySet());
        Map<String, Kind> missing = new LinkedHashMap<>();
        Map<String, Kind> different = new LinkedHashMap<>();
        tasks.forEach((task, kind) -> {
            RgbImage picture = made.get(task);
            if (picture == null) {
                missing.put(task, kind);
            } else if (!Arrays.equals(picture.rgb(), expected.get(kind).rgb())) {
                different.put(task, kind);
            }
        });
        return new ChaosReport(
                plan,
                tasks.size(),
                database.finished(tasks.keySet()),
                database.endedTwice(),
                missing,
                different,
                NodeLogs.read(cluster.nodes(), tasks),
                streams.count(),
                streams.reattached(),
                streams.blind(),
                troubles.drainMillis(),
                troubles.cuts(),
                troubles.picturesDeleted(),
                seconds);
    }

    @Override
    public void close() {
        work.close();
        streams.close();
        cluster.close();
        database.close();
    }
}
