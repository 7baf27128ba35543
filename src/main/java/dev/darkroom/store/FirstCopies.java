package dev.darkroom.store;

import dev.darkroom.output.KeptCopies;
import dev.darkroom.output.PeerClient;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
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

    /** A task's end waits no longer for one node. */
    static final Duration PATIENCE = Duration.ofSeconds(2);

    /** Who did not answer is not asked again for so long. */
    private static final long SILENT_NANOS = Duration.ofSeconds(10).toNanos();

    private final PictureTable table;
    private final KeptCopies folder;
    private final PeerClient peers;
    private final Neighbours neighbours;
    private final Duration patience;
    /** By the URL of a node that did not answer: when. */
    private final Map<String, Long> silent = new ConcurrentHashMap<>();

    private final AtomicLong copies = new AtomicLong();

    /** @param patience with one node */
    FirstCopies(PictureTable table, KeptCopies folder, PeerClient peers, Neighbours neighbours, Duration patience) {
        this.patience = patience;
        this.table = table;
        this.folder = folder;
        this.peers = peers;
        this.neighbours = neighbours;
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
        List<PlaceTable.Peer> known = neighbours.others();
        if (given(path, file, known)) {
            return true;
        }
        // those that came back have other addresses now
        List<PlaceTable.Peer> now = neighbours.othersNow();
        return !now.equals(known) && given(path, file, now);
    }

    private boolean given(String path, Path file, List<PlaceTable.Peer> others) throws IOException {
        for (PlaceTable.Peer keeper : CopyKeeper.inTurn(path, others)) {
            if (!isSilent(keeper.url()) && takes(keeper, path, file)) {
                return true;
            }
        }
        return false;
    }

    private boolean takes(PlaceTable.Peer keeper, String path, Path file) throws IOException {
        boolean taken;
        try {
            taken = peers.give(keeper.url(), path, file, patience);
        } catch (PeerClient.UnansweredException away) {
            silent.put(keeper.url(), System.nanoTime());
            LOG.debug("The node at {} takes no copy now", keeper.url(), away);
            return false;
        }
        if (taken) {
            UUID place = keeper.place();
            table.copiedAtOnce(path, place);
        }
        return taken;
    }

    private boolean isSilent(String url) {
        long now = System.nanoTime();
        silent.values().removeIf(since -> now - since > SILENT_NANOS);
        return silent.containsKey(url);
    }
}
