package dev.darkroom.chaos;

import dev.darkroom.chaos.ChaosStreams.Stream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Cuts a node off from the bus for half a minute, and follows on it what the others make meanwhile: it can know of their
 * tasks' ends from the rows alone. Afterwards the bus must become whole again and carry progress.
 */
final class BusCut {

    private static final long SECONDS = 30;

    /** Several of them run elsewhere, and long enough that a watcher is told of it. */
    private static final int TASKS_AFTER = 12;

    private final ChaosCluster cluster;
    private final ChaosDatabase database;
    private final ChaosWork work;
    private final ChaosStreams streams;
    private final Consumer<String> told;

    /**
     * What was seen on the node.
     *
     * @param watched tasks of others that were followed there during the cut
     * @param endsDuring those whose ends were seen before the cut was over
     * @param ends those whose ends were seen at all
     * @param apart whether the node believed to be alone, and the others to be without it
     * @param wholeAfter how long it took until all nodes knew each other again; more than a minute if they did not
     * @param watchedAfter tasks of others that were followed there after the cut
     * @param progressAfter those whose progress was seen
     */
    record Outcome(
            int watched,
            int endsDuring,
            int ends,
            boolean apart,
            Duration wholeAfter,
            int watchedAfter,
            int progressAfter) {}

    BusCut(ChaosCluster cluster, ChaosDatabase database, ChaosWork work, ChaosStreams streams, Consumer<String> told) {
        this.cluster = cluster;
        this.database = database;
        this.work = work;
        this.streams = streams;
        this.told = told;
    }

    Outcome run(NodeProcess node) throws Exception {
        Until.holds("all nodes know each other", Until.LONG, cluster::isWhole);
        cluster.links().cut(node);
        List<Stream> during = new ArrayList<>();
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        long pace = TimeUnit.SECONDS.toMillis(SECONDS) / ChaosPlan.TASKS_OF_A_CUT;
        for (int i = 0; i < ChaosPlan.TASKS_OF_A_CUT; i++) {
            String task = work.submit(1).get(0);
            if (i % 2 == 0) {
                during.add(streams.followAt(node, task));
            }
            TimeUnit.MILLISECONDS.sleep(Math.min(pace, Math.max(0, (until - System.nanoTime()) / 1_000_000)));
        }
        TimeUnit.NANOSECONDS.sleep(Math.max(0, until - System.nanoTime()));
        // what has ended by now was seen by reading rows
        boolean apart = cluster.isApart(node);
        List<Stream> seen = during.stream().filter(Stream::ended).toList();
        cluster.links().heal();
        long healed = System.nanoTime();
        told.accept("a node was cut off from the bus for %d s".formatted(SECONDS));
        boolean whole = Until.held(Duration.ofMinutes(2), cluster::isWhole);
        Duration wholeAfter = whole ? Duration.ofNanos(System.nanoTime() - healed) : Duration.ofDays(1);
        for (Stream stream : during) {
            stream.awaitEnd(Duration.ofMinutes(1));
        }
        List<Stream> watched = elsewhere(node, during);
        List<Stream> after = new ArrayList<>();
        for (String task : work.submit(TASKS_AFTER)) {
            after.add(streams.followAt(node, task));
        }
        for (Stream stream : after) {
            stream.awaitEnd(Duration.ofMinutes(1));
        }
        List<Stream> watchedAfter = elsewhere(node, after);
        return new Outcome(
                watched.size(),
                (int) watched.stream().filter(seen::contains).count(),
                (int) watched.stream().filter(Stream::ended).count(),
                apart,
                wholeAfter,
                watchedAfter.size(),
                (int) watchedAfter.stream().filter(Stream::progressed).count());
    }

    private List<Stream> elsewhere(NodeProcess node, List<Stream> some) throws Exception {
        List<Stream> others = new ArrayList<>();
        for (Stream stream : some) {
            if (!database.runner(stream.task()).equals(node.id())) {
                others.add(stream);
            }
        }
        return others;
    }
}
