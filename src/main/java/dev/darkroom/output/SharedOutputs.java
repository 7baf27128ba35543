package dev.darkroom.output;

import dev.darkroom.image.ImageFormat;
import dev.darkroom.image.RgbImage;
import dev.darkroom.task.Attempt;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A node's pictures and, for who looks for one, those of all nodes: what is not here comes from object storage or from
 * the node that has it. Nodes ask each other for their own files only, so that no question goes around in a circle.
 */
public final class SharedOutputs implements OutputStore {

    /** Pictures that are brought here at once; one more waits. */
    private static final int MOST_FETCHES = 8;

    private static final int PATIENCE_SECONDS = 10;

    private final OutputStore own;
    private final Directory directory;
    private final @Nullable PeerClient peers;
    private final @Nullable ObjectStorage storage;
    private final Copier copier;
    private final PictureCache cache;
    private final Semaphore fetches = new Semaphore(MOST_FETCHES, true);

    /** Knows where pictures are. */
    public interface Directory {

        /** Returns where a picture can be had, or nothing if there is no such picture. Blocks. */
        Optional<PictureLocation> locate(String path) throws IOException;
    }

    /** Makes copies elsewhere. */
    public interface Copier {

        /** Makes one of a picture of this node, if that can be done in a moment; else it is made later. Blocks. */
        void copyAtOnce(String path);
    }

    /**
     * Empties what an earlier server kept of others' pictures.
     *
     * @param own what is on this node
     * @param cache bytes of others' pictures to keep
     * @param peers null if there are no other nodes
     * @param storage null if there is none
     * @param copier sees to it that what is saved here is not here alone
     */
    public SharedOutputs(
            OutputStore own,
            OutputFolder folder,
            long cache,
            Directory directory,
            @Nullable PeerClient peers,
            @Nullable ObjectStorage storage,
            Copier copier)
            throws IOException {
        this.copier = copier;
        this.own = own;
        this.directory = directory;
        this.peers = peers;
        this.storage = storage;
        this.cache = new PictureCache(folder, cache);
    }

    /** @throws PictureAwayException if there is such a picture, but it can't be had now */
    @Override
    public Optional<Path> find(String path) {
        Optional<Path> here = own.find(path);
        if (here.isPresent() || !OutputFolder.isPicture(path)) {
            return here;
        }
        try {
            Optional<PictureLocation> location = directory.locate(path);
            if (location.isEmpty()) {
                cache.remove(path);
                return Optional.empty();
            }
            Optional<Path> cached = cache.find(path);
            return cached.isPresent() ? cached : fetch(path, location.get());
        } catch (IOException unknown) {
            throw new PictureAwayException("The image can't be had now.", unknown);
        }
    }

    private Optional<Path> fetch(String path, PictureLocation location) throws IOException {
        try {
            if (!fetches.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("too many images are asked for");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        try {
            Optional<Path> meanwhile = cache.find(path);
            return meanwhile.isPresent() ? meanwhile : cache.add(path, file -> bring(path, location, file));
        } finally {
            fetches.release();
        }
    }

    private boolean bring(String path, PictureLocation location, Path file) throws IOException {
        IOException failure = new IOException("Nobody has " + path);
        if (location.stored() && storage != null) {
            try {
                if (storage.get(path, file)) {
                    return true;
                }
            } catch (IOException broken) {
                failure.addSuppressed(broken);
                Files.deleteIfExists(file);
            }
        }
        if (peers != null) {
            for (String node : location.nodes()) {
                try {
                    if (peers.fetch(node, path, file)) {
                        return true;
                    }
                } catch (IOException broken) {
                    failure.addSuppressed(broken);
                }
            }
        }
        throw failure;
    }

    /** A picture has a copy before its task can end, so that whoever loses this node then loses nothing finished. */
    @Override
    public SavedImage save(
            Attempt attempt,
            int index,
            long seed,
            RgbImage picture,
            ImageFormat format,
            Map<String, String> parameters,
            @Nullable String saveName)
            throws IOException {
        SavedImage saved = own.save(attempt, index, seed, picture, format, parameters, saveName);
        copier.copyAtOnce(saved.path());
        return saved;
    }

    @Override
    public void settle(Attempt attempt, TaskResult kept) throws IOException {
        own.settle(attempt, kept);
    }

    @Override
    public List<Attempt> unsettled() throws IOException {
        return own.unsettled();
    }

    @Override
    public void discardEarlier(Attempt attempt) throws IOException {
        own.discardEarlier(attempt);
    }

    @Override
    public void delete(TaskResult result) throws IOException {
        own.delete(result);
    }
}
