package dev.darkroom.store;

import dev.darkroom.output.KeptCopies;
import dev.darkroom.output.ObjectStorage;
import dev.darkroom.output.PeerClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that each finished picture of this node is somewhere else too, in object storage or at another node, and
 * that deleted ones go everywhere. All that it has to remember is in the {@link PictureTable}, so that it goes on where
 * a server that died has stopped. Blocks; for one thread at a time.
 */
final class CopyKeeper {

    private static final Logger LOG = LoggerFactory.getLogger(CopyKeeper.class);

    /** A node that was silent for so long gets no copies. */
    private static final Duration SILENCE = Duration.ofSeconds(15);

    private static final int ROUNDS_PER_CARE = 12;

    private final PictureTable table;
    private final KeptCopies folder;
    private final @Nullable PeerClient peers;
    private final @Nullable ObjectStorage storage;
    private final Duration lostAfter;
    private final String url;
    private boolean joined;
    private boolean failing;
    private int rounds;
    private volatile int uncopied;
    private volatile long copies;

    /**
     * @param url where this node answers others; empty if it does not
     * @param lostAfter silence after which a node's pictures get new copies
     */
    CopyKeeper(
            PictureTable table,
            KeptCopies folder,
            @Nullable PeerClient peers,
            @Nullable ObjectStorage storage,
            Duration lostAfter,
            String url) {
        this.table = table;
        this.folder = folder;
        this.peers = peers;
        this.storage = storage;
        this.lostAfter = lostAfter;
        this.url = url;
    }

    /** Returns how many finished pictures were on this node alone when it was last looked, up to some hundred. */
    int uncopied() {
        return uncopied;
    }

    /** Returns how many pictures were copied since the start. */
    long copies() {
        return copies;
    }

    /** Does once what is to be done now; what can't be done is tried again the next time. */
    void round() throws IOException {
        if (!joined) {
            join();
        }
        List<PictureTable.Peer> others = table.beat(url, SILENCE);
        if (rounds++ % ROUNDS_PER_CARE == 0) {
            care();
        }
        boolean more = true;
        while (more) {
            PictureTable.Work work = table.work();
            uncopied = work.copy().size();
            int done = copy(work.copy(), others);
            uncopied -= done;
            delete(work);
            more = done == PictureTable.BATCH || work.delete().size() == PictureTable.BATCH;
        }
    }

    private void join() throws IOException {
        if (table.isLost()) {
            // the others have made new copies, and may have deleted some
            folder.each(
                    PictureTable.BATCH,
                    paths -> quietly(() -> {
                        for (String stranger : table.strangers(paths)) {
                            folder.delete(stranger);
                        }
                    }));
        }
        table.beat(url, SILENCE);
        if (!table.isAdopted()) {
            folder.each(PictureTable.BATCH, paths -> quietly(() -> table.adopt(paths)));
            table.adopted();
        }
        joined = true;
    }

    private interface Deed {
        void run() throws IOException;
    }

    private static void quietly(Deed deed) {
        try {
            deed.run();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private void care() throws IOException {
        for (String lost : table.lose(lostAfter)) {
            LOG.warn("The node at {} is taken for lost; its images get new copies", lost);
        }
        for (String path : table.unkept()) {
            if (folder.find(path).isEmpty()) {
                table.missing(path);
            }
        }
    }

    private int copy(List<String> paths, List<PictureTable.Peer> others) throws IOException {
        int done = 0;
        for (String path : paths) {
            Optional<Path> file = folder.find(path);
            if (file.isEmpty()) {
                LOG.error("The image {} is gone, and there was no copy of it", path);
                table.missing(path);
                done++;
            } else if (copy(path, file.get(), others)) {
                copies++;
                done++;
            }
        }
        return done;
    }

    private boolean copy(String path, Path file, List<PictureTable.Peer> others) throws IOException {
        if (storage != null) {
            try {
                storage.put(path, file);
                table.stored(path);
                return worked();
            } catch (IOException failure) {
                failed(failure);
            }
            return false;
        }
        if (peers == null) {
            return false;
        }
        for (PictureTable.Peer keeper : inTurn(path, others)) {
            try {
                peers.give(keeper.url(), path, file);
                table.copied(path, keeper.place());
                return worked();
            } catch (IOException failure) {
                failed(failure);
            }
        }
        return false;
    }

    /** Each picture has an order of the nodes of its own, so that all nodes keep alike many copies. */
    private static List<PictureTable.Peer> inTurn(String path, List<PictureTable.Peer> others) {
        return others.stream()
                .sorted(Comparator.comparingInt(peer -> (path + peer.place()).hashCode() * 0x9E3779B1))
                .toList();
    }

    private void delete(PictureTable.Work work) throws IOException {
        if (!work.delete().isEmpty()) {
            for (String path : work.delete()) {
                folder.delete(path);
            }
            table.deleted(work.delete());
        }
        if (work.unstore().isEmpty()) {
            return;
        }
        if (storage == null) {
            // of those in a storage that this node does not know, another one takes care
            table.finishDeleting(work.unstore());
            return;
        }
        try {
            storage.delete(work.unstore());
            table.unstored(work.unstore());
        } catch (IOException failure) {
            failed(failure);
        }
    }

    private boolean worked() {
        if (failing) {
            failing = false;
            LOG.info("Images are copied again");
        }
        return true;
    }

    private void failed(IOException failure) {
        if (!failing) {
            failing = true;
            LOG.warn("Images can't be copied now, and will be later: {}", failure.getMessage());
        }
    }
}
