package dev.darkroom.store;

import dev.darkroom.output.KeptCopies;
import dev.darkroom.output.PeerClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has another node take a copy of a picture before its task ends, if one does so in a moment: whoever loses this node the
 * moment after loses no finished picture. What nobody takes is the {@link CopyKeeper}'s, as soon as the task has ended.
 * Safe from any thread; blocks.
 */
final class FirstCopies {

    private static final Logger LOG = LoggerFactory.getLogger(FirstCopies.class);

    /** A picture waits no longer for other nodes, all of them together. */
    static final Duration PATIENCE = Duration.ofSeconds(2);

    /** For how long a node that did not answer is left alone, doubled each time it does not answer again. */
    private static final Duration FIRST_REST = Duration.ofSeconds(5);

    private static final Duration LONGEST_REST = Duration.ofMinutes(2);

    /** With less a node that is well could seem not to answer. */
    private static final Duration LEAST = Duration.ofMillis(100);

    /** How long what the database said of the other nodes is taken for true. */
    private static final Duration FRESH = Duration.ofSeconds(1);

    private final PictureTable table;
    private final KeptCopies folder;
    private final PeerClient peers;
    private final Neighbours neighbours;
    private final Duration patience;
    /** By the URL of a node that did not answer. */
    private final Map<String, Rest> resting = new ConcurrentHashMap<>();

    private final AtomicLong copies = new AtomicLong();
    private volatile long askedAt = System.nanoTime() - FRESH.toNanos();

    /** A node that is left alone for {@code length} from {@code since} on, as {@link System#nanoTime}. */
    private record Rest(long since, Duration length) {

        boolean over() {
            return System.nanoTime() - since >= length.toNanos();
        }
    }

    /** @param patience for one picture */
    FirstCopies(PictureTable table, KeptCopies folder, PeerClient peers, Neighbours neighbours, Duration patience) {
        this.table = table;
        this.folder = folder;
        this.peers = peers;
        this.neighbours = neighbours;
        this.patience = patience;
    }

    /** Returns how many pictures were copied since the start. */
    long copies() {
        return copies.get();
    }

    /** Tries once; never fails. */
    void copyAtOnce(String path) {
        Optional<Path> file = folder.find(path);
        if (file.isEmpty()) {
            return;
        }
        try {
            if (given(path, file.get())) {
                copies.incrementAndGet();
            }
        } catch (IOException away) {
            LOG.debug("The image {} is copied later", path, away);
        }
    }

    private boolean given(String path, Path file) throws IOException {
        long deadline = System.nanoTime() + patience.toNanos();
        List<PlaceTable.Peer> known = neighbours.others();
        if (given(path, file, known, deadline)) {
            return true;
        }
        if (System.nanoTime() - askedAt < FRESH.toNanos()) {
            return false;
        }
        askedAt = System.nanoTime();
        // those that came back have other addresses now
        List<PlaceTable.Peer> now = neighbours.othersNow();
        return !now.equals(known) && given(path, file, now, deadline);
    }

    private boolean given(String path, Path file, List<PlaceTable.Peer> others, long deadline) throws IOException {
        for (PlaceTable.Peer keeper : CopyKeeper.inTurn(path, others)) {
            Rest rest = resting.get(keeper.url());
            long left = deadline - System.nanoTime();
            if (left >= LEAST.toNanos()
                    && (rest == null || rest.over())
                    && takes(keeper, path, file, Duration.ofNanos(left))) {
                return true;
            }
        }
        return false;
    }

    private boolean takes(PlaceTable.Peer keeper, String path, Path file, Duration left) throws IOException {
        boolean taken;
        try {
            taken = peers.give(keeper.url(), path, file, left);
        } catch (PeerClient.UnansweredException away) {
            if (left.multipliedBy(2).compareTo(patience) >= 0) {
                resting.merge(keeper.url(), new Rest(System.nanoTime(), FIRST_REST), FirstCopies::longer);
            }
            LOG.debug("The node at {} takes no copy now", keeper.url(), away);
            return false;
        }
        resting.remove(keeper.url());
        if (taken) {
            table.copiedAtOnce(path, keeper.place());
        }
        return taken;
    }

    private static Rest longer(Rest before, Rest again) {
        if (!before.over()) {
            // several images waited for the node at once
            return before;
        }
        Duration doubled = before.length().multipliedBy(2);
        return new Rest(again.since(), doubled.compareTo(LONGEST_REST) < 0 ? doubled : LONGEST_REST);
    }
}
