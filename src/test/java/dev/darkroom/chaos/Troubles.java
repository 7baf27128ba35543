package dev.darkroom.chaos;

import dev.darkroom.chaos.ChaosPlan.Trouble;
import dev.darkroom.chaos.ChaosStreams.Stream;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Makes things go wrong, each at a node that has something to lose. */
final class Troubles {

    /** Tasks that are followed at a node that is about to go. */
    private static final int FOLLOWED = 3;

    /** Kills that met a node without a lease are made again, so often at most. */
    private static final int TRIES = 20;

    private final ChaosPlan plan;
    private final ChaosCluster cluster;
    private final ChaosDatabase database;
    private final ChaosWork work;
    private final ChaosStreams streams;
    private final BusCut busCut;
    private final Consumer<String> told;
    private final List<Long> drainMillis = new ArrayList<>();
    private final List<BusCut.Outcome> cuts = new ArrayList<>();
    private int picturesDeleted;

    Troubles(
            ChaosPlan plan,
            ChaosCluster cluster,
            ChaosDatabase database,
            ChaosWork work,
            ChaosStreams streams,
            Consumer<String> told) {
        this.plan = plan;
        this.cluster = cluster;
        this.database = database;
        this.work = work;
        this.streams = streams;
        this.busCut = new BusCut(cluster, database, work, streams, told);
        this.told = told;
    }

    /** Returns how long nodes took that were asked to end. */
    List<Long> drainMillis() {
        return drainMillis;
    }

    /** Returns what was seen on nodes that were cut off. */
    List<BusCut.Outcome> cuts() {
        return cuts;
    }

    /** Returns how many pictures were deleted with their disk. */
    int picturesDeleted() {
        return picturesDeleted;
    }

    void happen(Trouble trouble) throws Exception {
        switch (trouble) {
            case KILL -> {
                NodeProcess node = killAHolder();
                told.accept("a node that held leases was killed");
                cluster.startAgain(node);
            }
            case STOP -> stopAHolder();
            case RESTART -> {
                database.restart();
                told.accept("the database was restarted");
            }
            case DRAIN -> drainAHolder();
            case CUT -> {
                cluster.awaitAll();
                cuts.add(busCut.run(holder()));
            }
            case DISK -> {
                // a picture that nobody else could take would be lost by right
                cluster.awaitAll();
                Until.holds("finished pictures have copies", Until.LONG, () -> database.uncopied() == 0);
                NodeProcess node = killAHolder();
                int pictures = delete(node.outputs());
                picturesDeleted += pictures;
                told.accept("a node was killed and its disk taken away, with %d pictures".formatted(pictures));
                cluster.startAgain(node);
            }
        }
    }

    private NodeProcess killAHolder() throws Exception {
        for (int attempt = 0; attempt < TRIES; attempt++) {
            NodeProcess node = holder();
            String id = node.id();
            followAt(node);
            node.kill();
            if (database.leases(id) > 0) {
                return node;
            }
            // it had just ended the last one
            cluster.startAgain(node);
        }
        throw new IllegalStateException("no kill met a node that held leases");
    }

    private void stopAHolder() throws Exception {
        for (int attempt = 0; attempt < TRIES; attempt++) {
            NodeProcess node = holder();
            String id = node.id();
            node.signal("STOP");
            long stopped = System.nanoTime();
            long leases = database.leases(id);
            if (leases > 0) {
                // the others have taken all that it believes to hold
                Until.holds(
                        "the leases of a stopped node lapse",
                        Until.LONG,
                        () -> System.nanoTime() - stopped > plan.lease().toNanos() && database.leases(id) == 0);
            }
            node.signal("CONT");
            if (leases > 0) {
                told.accept("a node stood still for longer than its %d leases".formatted(leases));
                return;
            }
        }
        throw new IllegalStateException("no stop met a node that held leases");
    }

    private void drainAHolder() throws Exception {
        NodeProcess node = holder();
        followAt(node);
        long millis = node.drain();
        drainMillis.add(millis);
        told.accept("a node was drained in %d ms".formatted(millis));
        cluster.startAgain(node);
    }

    /** Follows tasks at a node that is about to go, so that their streams must go on elsewhere. */
    private void followAt(NodeProcess node) throws InterruptedException {
        List<Stream> begun = new ArrayList<>();
        for (String task : work.newest(FOLLOWED)) {
            begun.add(streams.followFrom(node, task));
        }
        for (Stream stream : begun) {
            stream.awaitAttached(Duration.ofSeconds(5));
        }
    }

    /** Waits for a node that runs something, and prefers one that has kept how far that is. */
    private NodeProcess holder() throws Exception {
        NodeProcess[] found = new NodeProcess[1];
        Until.holds("a node holds leases", Until.LONG, () -> {
            if (database.open() == 0) {
                // more than planned, as all was done in no time
                work.submit(plan.share());
            }
            for (String holder : database.holders()) {
                for (NodeProcess node : cluster.nodes()) {
                    if (node.serves() && node.id().equals(holder)) {
                        found[0] = node;
                        return true;
                    }
                }
            }
            return false;
        });
        return found[0];
    }

    /** Deletes a folder, and returns how many pictures were in it. */
    private static int delete(Path folder) throws IOException {
        int[] pictures = new int[1];
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                pictures[0] += file.toString().endsWith(".png") ? 1 : 0;
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, IOException failure) throws IOException {
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
        return pictures[0];
    }
}
