package dev.darkroom.store;

import dev.darkroom.output.KeptCopies;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's place among those that share pictures: enters its folder, tells the others that it lives, and takes those
 * for lost that were silent for too long. Blocks; for one thread at a time, but for the list of others.
 */
final class Neighbours {

    static final Duration BEAT = Duration.ofSeconds(10);

    private static final Logger LOG = LoggerFactory.getLogger(Neighbours.class);

    /** A node that was silent for so long gets no copies. */
    private static final Duration SILENCE = Duration.ofSeconds(25);

    /** Clocks of the database and of this machine may differ by so much. */
    private static final Duration CLOCKS = Duration.ofMinutes(1);

    private static final int BEATS_PER_CARE = 6;

    private final PlaceTable table;
    private final KeptCopies folder;
    private final String url;
    private final Duration lostAfter;
    private final long beatsToJudge;
    private boolean joined;
    private long beats;
    private volatile List<PlaceTable.Peer> others = List.of();

    /**
     * @param url where this node answers others; empty if it does not
     * @param lostAfter silence after which a node's pictures get new copies
     */
    Neighbours(PlaceTable table, KeptCopies folder, String url, Duration lostAfter) {
        this.table = table;
        this.folder = folder;
        this.url = url;
        this.lostAfter = lostAfter;
        // when the database was away from all nodes, each must have had the time to be heard again
        this.beatsToJudge = Math.min(BEATS_PER_CARE, lostAfter.dividedBy(BEAT) + 1);
    }

    /** Returns the other nodes, as of the last beat. Safe from any thread. */
    List<PlaceTable.Peer> others() {
        return others;
    }

    /** Returns the other nodes as of now: one may have come back elsewhere since the last beat. Safe from any thread. */
    List<PlaceTable.Peer> othersNow() throws IOException {
        return table.beat(url, SILENCE).orElse(List.of());
    }

    /** Tells the others of this node. To be called every {@link #BEAT}. */
    void beat() throws IOException {
        try {
            if (!joined) {
                join();
            }
            Optional<List<PlaceTable.Peer>> heard = table.beat(url, SILENCE);
            if (heard.isEmpty()) {
                LOG.warn("The other nodes took this one for lost; its images are looked through");
                joined = false;
                join();
                heard = table.beat(url, SILENCE);
            }
            others = heard.orElse(List.of());
        } catch (IOException unheard) {
            beats = 0;
            throw unheard;
        }
        if (++beats >= beatsToJudge && beats % beatsToJudge == 0) {
            for (String lost : table.lose(lostAfter)) {
                LOG.warn("The node at {} is taken for lost; its images get new copies", lost);
            }
        }
    }

    /**
     * Enters what was made while the folder was not shared: before the first time, or since it was last heard of. If
     * the others have taken this place for lost in the meantime, files that are older and no longer this node's go:
     * others have them now, or they were deleted everywhere.
     */
    private void join() throws IOException {
        Optional<PlaceTable.State> before = table.state();
        Instant since = before.filter(PlaceTable.State::adopted)
                .map(state -> state.seen().minus(CLOCKS))
                .orElse(Instant.MIN);
        boolean lost = before.isPresent() && before.get().lost();
        look(since, true, lost);
        table.join(url);
        if (lost) {
            // what the others took over while this node looked
            look(since, false, true);
        }
        joined = true;
    }

    private void look(Instant since, boolean enter, boolean clean) throws IOException {
        try {
            folder.each(PictureTable.BATCH, paths -> {
                try {
                    List<String> fresh = new ArrayList<>();
                    List<String> old = new ArrayList<>();
                    for (String path : paths) {
                        (folder.modified(path).isBefore(since) ? old : fresh).add(path);
                    }
                    if (enter && !fresh.isEmpty()) {
                        table.adopt(fresh);
                    }
                    if (clean && !old.isEmpty()) {
                        for (String stranger : table.strangers(old)) {
                            folder.delete(stranger);
                        }
                    }
                } catch (IOException failure) {
                    throw new UncheckedIOException(failure);
                }
            });
        } catch (UncheckedIOException failure) {
            throw failure.getCause();
        }
    }
}
