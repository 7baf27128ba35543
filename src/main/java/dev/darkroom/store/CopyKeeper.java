package dev.darkroom.store;

import dev.darkroom.output.KeptCopies;
import dev.darkroom.output.ObjectStorage;
import dev.darkroom.output.PeerClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that each finished picture of this node is somewhere else too, in object storage or at another node, and
 * that deleted ones go everywhere. All that it has to remember is in the {@link PictureTable}, so that it goes on where
 * a server that died has stopped. Blocks; for one thread at a time, but for what is said otherwise.
 */
final class CopyKeeper {

    private static final Logger LOG = LoggerFactory.getLogger(CopyKeeper.class);

    private static final int ROUNDS_PER_CARE = 6;
    private static final int MOST_REFUSED = 10_000;

    private final PictureTable table;
    private final PlaceTable places;
    private final KeptCopies folder;
    private final @Nullable PeerClient peers;
    private final @Nullable ObjectStorage storage;
    private final Supplier<List<PlaceTable.Peer>> others;
    /** Pictures that no copy can be made of, whoever answers. */
    private final Set<String> refused = new HashSet<>();

    private boolean failing;
    private int rounds;
    private volatile boolean stopping;
    private volatile int uncopied;
    private volatile long copies;

    /** @param others the nodes that are there now */
    CopyKeeper(
            PictureTable table,
            KeptCopies folder,
            @Nullable PeerClient peers,
            @Nullable ObjectStorage storage,
            Supplier<List<PlaceTable.Peer>> others) {
        this.table = table;
        this.places = table.places();
        this.folder = folder;
        this.peers = peers;
        this.storage = storage;
        this.others = others;
    }

    /** Returns how many finished pictures were on this node alone when it was last looked, up to some hundred. */
    int uncopied() {
        return uncopied;
    }

    /** Returns how many pictures were copied since the start. */
    long copies() {
        return copies;
    }

    /** Has a round end after the picture that it is at. Safe from any thread. */
    void stop() {
        stopping = true;
    }

    /** Does once what is to be done now; what can't be done is tried again the next time. */
    void round() throws IOException {
        if (!folder.isOf(table.place())) {
            // an empty mount point would look like a disk whose pictures are all gone
            throw new IOException("the output folder is no longer the one that the server began with");
        }
        if (rounds++ % ROUNDS_PER_CARE == 0) {
            refused.clear();
            for (String path : places.unkept()) {
                if (folder.find(path).isEmpty()) {
                    table.missing(path);
                }
            }
        }
        copy();
        deleteHere();
        deleteElsewhere();
    }

    private void copy() throws IOException {
        Set<UUID> away = new HashSet<>();
        int left = 0;
        List<PictureTable.Uncopied> some = table.uncopied(PictureTable.Uncopied.FIRST);
        while (!some.isEmpty() && !stopping) {
            boolean reached = true;
            for (PictureTable.Uncopied picture : some) {
                if (stopping) {
                    return;
                }
                if (!reached) {
                    left++;
                } else if (refused.contains(picture.path()) || !copied(picture.path(), away)) {
                    left++;
                    reached = isReached(away);
                }
            }
            some = reached && some.size() == PictureTable.BATCH ? table.uncopied(some.get(some.size() - 1)) : List.of();
        }
        uncopied = left;
    }

    /** The place of object storage among those that don't answer. */
    private UUID storagePlace() {
        return table.place();
    }

    private boolean isReached(Set<UUID> away) {
        return storage != null
                ? !away.contains(storagePlace())
                : peers != null && others.get().stream().anyMatch(peer -> !away.contains(peer.place()));
    }

    private boolean copied(String path, Set<UUID> away) throws IOException {
        if (!isReached(away)) {
            return false;
        }
        Optional<Path> file = folder.find(path);
        if (file.isEmpty()) {
            if (table.missing(path)) {
                LOG.error("The image {} is gone, and there was no copy of it", path);
            }
            return true;
        }
        if (!Files.isReadable(file.get())) {
            refuse(path, "No copy can be made of {}: its file can't be read");
            return false;
        }
        boolean copied = storage != null
                ? stored(storage, path, file.get(), away)
                : peers != null && given(peers, path, file.get(), away);
        if (copied) {
            copies++;
            if (failing) {
                failing = false;
                LOG.info("Images are copied again");
            }
        }
        return copied;
    }

    private boolean stored(ObjectStorage bucket, String path, Path file, Set<UUID> away) throws IOException {
        try {
            bucket.put(path, file);
        } catch (IOException failure) {
            if (isWanted(path)) {
                away.add(storagePlace());
                warn(failure);
            }
            return false;
        }
        table.stored(path);
        return true;
    }

    private boolean given(PeerClient client, String path, Path file, Set<UUID> away) throws IOException {
        boolean all = true;
        IOException unanswered = null;
        for (PlaceTable.Peer keeper : inTurn(path, others.get())) {
            if (away.contains(keeper.place())) {
                all = false;
                continue;
            }
            try {
                if (client.give(keeper.url(), path, file)) {
                    table.copied(path, keeper.place());
                    return true;
                }
            } catch (PeerClient.UnansweredException failure) {
                all = false;
                if (isWanted(path)) {
                    away.add(keeper.place());
                    unanswered = failure;
                }
            }
        }
        if (unanswered != null) {
            // who died just now is no news as long as another one answers
            warn(unanswered);
        }
        if (all) {
            refuse(path, "No node keeps a copy of {}: each has another image of that name");
        }
        return false;
    }

    private void refuse(String path, String why) {
        if (refused.size() < MOST_REFUSED && refused.add(path)) {
            LOG.warn(why, path);
        }
    }

    /** It may have been deleted in the meantime. */
    private boolean isWanted(String path) {
        return !stopping && folder.find(path).isPresent();
    }

    private void warn(IOException failure) {
        if (!failing) {
            failing = true;
            LOG.warn("Images can't be copied now, and will be later: {}", failure.getMessage());
        }
    }

    /** Each picture has an order of the nodes of its own, so that all nodes keep alike many copies. */
    static List<PlaceTable.Peer> inTurn(String path, List<PlaceTable.Peer> others) {
        return others.stream()
                .sorted(Comparator.comparingInt(peer -> (path + peer.place()).hashCode() * 0x9E3779B1))
                .toList();
    }

    private void deleteHere() throws IOException {
        List<String> some = table.goneHere("");
        while (!some.isEmpty() && !stopping) {
            List<String> deleted = new ArrayList<>();
            for (String path : some) {
                try {
                    folder.delete(path);
                    deleted.add(path);
                } catch (IOException undeletable) {
                    LOG.warn("The image {} can't be deleted now, and will be later: {}", path, undeletable.toString());
                }
            }
            if (!deleted.isEmpty()) {
                table.deleted(deleted);
            }
            some = some.size() == PictureTable.BATCH ? table.goneHere(some.get(some.size() - 1)) : List.of();
        }
    }

    /** Of those in a storage that this node does not know, another one takes care. */
    private void deleteElsewhere() throws IOException {
        List<String> some = table.goneElsewhere(storage != null);
        while (!some.isEmpty() && !stopping) {
            if (storage != null) {
                try {
                    storage.delete(some);
                } catch (IOException failure) {
                    if (!failing) {
                        failing = true;
                        LOG.warn("Images can't be deleted from object storage now: {}", failure.getMessage());
                    }
                    return;
                }
                table.unstored(some);
            } else {
                table.finishDeleting(some);
            }
            some = some.size() == PictureTable.BATCH ? table.goneElsewhere(storage != null) : List.of();
        }
    }
}
