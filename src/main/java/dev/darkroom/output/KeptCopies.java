package dev.darkroom.output;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/** The output folder as other nodes see it: its pictures, and the copies that it keeps for them. Blocks. */
public final class KeptCopies {

    private static final String PLACE = ".place";

    private final OutputFolder folder;
    private final FilePublisher publisher = new FilePublisher();

    public KeptCopies(OutputFolder folder) {
        this.folder = folder;
    }

    /** Returns the folder's name among the nodes, which it keeps wherever it is mounted; draws it the first time. */
    public UUID place() throws IOException {
        Path file = folder.root().resolve(PLACE);
        try {
            return read(file);
        } catch (NoSuchFileException first) {
            byte[] drawn = (UUID.randomUUID() + "\n").getBytes(StandardCharsets.US_ASCII);
            try {
                publisher.publish(folder.root(), List.of(PLACE).iterator(), drawn, target -> {});
            } catch (IOException taken) {
                if (Files.notExists(file)) {
                    throw taken;
                }
            }
            return read(file);
        }
    }

    private static UUID read(Path file) throws IOException {
        String text = Files.readString(file).trim();
        try {
            return UUID.fromString(text);
        } catch (IllegalArgumentException damaged) {
            throw new IOException("%s does not hold a UUID".formatted(file), damaged);
        }
    }

    /** Returns the file of a picture that is here. */
    public Optional<Path> find(String path) {
        return folder.locate(path);
    }

    /**
     * Keeps a copy of another node's picture, on the disk when this returns.
     *
     * @return false if the path is no picture's, or another file has it
     */
    public boolean keep(String path, byte[] bytes, long modified) throws IOException {
        if (!OutputFolder.isPicture(path)) {
            return false;
        }
        Optional<Path> before = folder.locate(path);
        if (before.isEmpty()) {
            Path target = folder.root().resolve(path);
            try {
                Path kept = publisher.publish(
                        target.getParent(),
                        List.of(target.getFileName().toString()).iterator(),
                        bytes,
                        name -> {});
                PictureFile.setModified(kept, modified);
                return true;
            } catch (IOException failed) {
                before = folder.locate(path);
                if (before.isEmpty()) {
                    throw failed;
                }
            }
        }
        return Arrays.equals(Files.readAllBytes(before.get()), bytes);
    }

    /** Deletes a picture; a missing one is no error. */
    public void delete(String path) throws IOException {
        Optional<Path> file = folder.locate(path);
        if (file.isPresent()) {
            Files.deleteIfExists(file.get());
            folder.removeIfEmpty(file.get().getParent());
        }
    }

    /** Names all pictures in the days' folders, some at a time. */
    public void each(int atOnce, Consumer<List<String>> names) throws IOException {
        List<String> some = new ArrayList<>();
        try (DirectoryStream<Path> days = Files.newDirectoryStream(
                folder.root(),
                day -> !day.getFileName().toString().startsWith(".")
                        && Files.isDirectory(day, LinkOption.NOFOLLOW_LINKS))) {
            for (Path day : days) {
                try (DirectoryStream<Path> files = Files.newDirectoryStream(day)) {
                    for (Path file : files) {
                        String path = folder.relative(file);
                        if (folder.locate(path).isPresent()) {
                            some.add(path);
                        }
                        if (some.size() == atOnce) {
                            names.accept(List.copyOf(some));
                            some.clear();
                        }
                    }
                }
            }
        }
        if (!some.isEmpty()) {
            names.accept(some);
        }
    }
}
