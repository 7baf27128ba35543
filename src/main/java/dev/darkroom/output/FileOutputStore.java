package dev.darkroom.output;

import dev.darkroom.image.ImageEncoder;
import dev.darkroom.image.ImageException;
import dev.darkroom.image.ImageFormat;
import dev.darkroom.image.RgbImage;
import dev.darkroom.task.Attempt;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskResult;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Keeps pictures as files in one folder per day. Several servers may share the folder. */
public final class FileOutputStore implements OutputStore {

    private final OutputFolder folder;
    private final ImageEncoder encoder;
    private final OutputNames names;
    private final FilePublisher publisher;
    private final AttemptJournal journal;
    private final PictureRegistry registry;

    /**
     * Keeps pictures for a server that shares them with nobody.
     *
     * @param folder where the days' folders are
     * @param clock tells the day and the second of a name
     * @param zone whose day that is
     * @param random draws the numbers in names; need not be safe from several threads
     */
    public FileOutputStore(
            OutputFolder folder, ImageEncoder encoder, Clock clock, ZoneId zone, RandomGenerator random) {
        this(folder, encoder, clock, zone, random, new FilePublisher(), PictureRegistry.NONE);
    }

    /**
     * @param folder where the days' folders are
     * @param clock tells the day and the second of a name
     * @param zone whose day that is
     * @param random draws the numbers in names; need not be safe from several threads
     * @param registry what the nodes know together of their pictures
     */
    public FileOutputStore(
            OutputFolder folder,
            ImageEncoder encoder,
            Clock clock,
            ZoneId zone,
            RandomGenerator random,
            PictureRegistry registry) {
        this(folder, encoder, clock, zone, random, new FilePublisher(), registry);
    }

    FileOutputStore(
            OutputFolder folder,
            ImageEncoder encoder,
            Clock clock,
            ZoneId zone,
            RandomGenerator random,
            FilePublisher publisher) {
        this(folder, encoder, clock, zone, random, publisher, PictureRegistry.NONE);
    }

    private FileOutputStore(
            OutputFolder folder,
            ImageEncoder encoder,
            Clock clock,
            ZoneId zone,
            RandomGenerator random,
            FilePublisher publisher,
            PictureRegistry registry) {
        this.folder = folder;
        this.encoder = encoder;
        this.names = new OutputNames(clock, zone, random);
        this.publisher = publisher;
        this.journal = new AttemptJournal(folder);
        this.registry = registry;
    }

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
        byte[] bytes;
        try {
            bytes = encoder.encode(picture, format, parameters);
        } catch (ImageException refused) {
            throw new IOException(refused.getMessage(), refused);
        }
        OutputNames.Candidates candidates =
                names.candidates(index, format, saveName, folder.root().getFileSystem());
        Path day = folder.root().resolve(candidates.folder());
        try {
            Path file =
                    publisher.publish(day, candidates.files().iterator(), bytes, target -> announce(attempt, target));
            return new SavedImage(index, folder.relative(file), seed, picture.width(), picture.height());
        } catch (IOException failed) {
            folder.removeIfEmpty(day);
            throw failed;
        }
    }

    private void announce(Attempt attempt, Path target) throws IOException {
        if (!registry.reserve(folder.relative(target), attempt)) {
            throw new FileAlreadyExistsException(target.toString());
        }
        journal.announce(attempt, target);
    }

    /** The registry learns first what is kept, and last what is forgotten: a server that dies in between asks again. */
    @Override
    public void settle(Attempt attempt, TaskResult kept) throws IOException {
        registry.keep(paths(kept));
        journal.settle(attempt, kept);
        registry.forget(attempt);
    }

    private static List<String> paths(TaskResult result) {
        return result.images().stream().map(SavedImage::path).toList();
    }

    @Override
    public List<Attempt> unsettled() throws IOException {
        return journal.attempts();
    }

    @Override
    public void discardEarlier(Attempt attempt) throws IOException {
        for (Attempt earlier : journal.discardEarlier(attempt)) {
            registry.forget(earlier);
        }
    }

    @Override
    public Optional<Path> find(String path) {
        return folder.locate(path);
    }

    @Override
    public void delete(TaskResult result) throws IOException {
        // before the file goes, so that its copies elsewhere are known to go, whatever happens here
        registry.remove(paths(result));
        @Nullable IOException first = null;
        for (SavedImage image : result.images()) {
            try {
                Optional<Path> file = folder.locate(image.path());
                if (file.isPresent()) {
                    Files.deleteIfExists(file.get());
                    folder.removeIfEmpty(file.get().getParent());
                }
            } catch (IOException failed) {
                // the other files are to go all the same
                if (first == null) {
                    first = failed;
                } else {
                    first.addSuppressed(failed);
                }
            }
        }
        if (first != null) {
            throw first;
        }
    }
}
