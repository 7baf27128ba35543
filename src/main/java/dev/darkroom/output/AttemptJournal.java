package dev.darkroom.output;

import dev.darkroom.task.Attempt;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Remembers which pictures belong to attempts whose task has not ended. Between a picture's publishing and the writing
 * of the task's row nothing else would know whose it is, and if the server dies in between, the next attempt would leave
 * it lying beside its own. The hidden file {@code .TASK-ATTEMPT.saved} in the output folder names each picture before
 * that takes its final name, and goes when the row is written. Safe from any thread.
 */
final class AttemptJournal {

    private static final Pattern NAME = Pattern.compile("\\.([0-9a-f]{32})-(\\d{1,9})\\.saved");

    private final OutputFolder folder;

    AttemptJournal(OutputFolder folder) {
        this.folder = folder;
    }

    /** Writes to the disk that the picture at {@code target} will be the attempt's. */
    void announce(Attempt attempt, Path target) throws IOException {
        Files.writeString(
                file(attempt),
                folder.relative(target) + "\n",
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND,
                StandardOpenOption.SYNC);
    }

    /** Returns the attempts that are remembered. */
    List<Attempt> attempts() throws IOException {
        List<Attempt> attempts = new ArrayList<>();
        try (DirectoryStream<Path> journals = Files.newDirectoryStream(folder.root(), ".*.saved")) {
            for (Path journal : journals) {
                Matcher name = NAME.matcher(journal.getFileName().toString());
                if (name.matches()) {
                    attempts.add(new Attempt(new TaskId(name.group(1)), Integer.parseInt(name.group(2))));
                }
            }
        }
        return attempts;
    }

    /** Deletes the attempt's pictures that are not in {@code kept}, and forgets it. */
    void settle(Attempt attempt, TaskResult kept) throws IOException {
        settle(file(attempt), kept);
    }

    /** Deletes the pictures of the task's earlier attempts, which died or lost their lease, and returns these. */
    List<Attempt> discardEarlier(Attempt attempt) throws IOException {
        List<Attempt> discarded = new ArrayList<>();
        for (Attempt other : attempts()) {
            if (other.task().equals(attempt.task()) && other.number() < attempt.number()) {
                settle(other, TaskResult.EMPTY);
                discarded.add(other);
            }
        }
        return discarded;
    }

    private void settle(Path journal, TaskResult kept) throws IOException {
        List<String> pictures;
        try {
            pictures = new ArrayList<>(Files.readAllLines(journal, StandardCharsets.UTF_8));
        } catch (NoSuchFileException nothingSaved) {
            return;
        }
        pictures.removeAll(kept.images().stream().map(SavedImage::path).toList());
        for (String picture : pictures) {
            // through the folder's own gate, so that no line leads out of it
            Path file = folder.locate(picture).orElse(null);
            if (file != null) {
                Files.deleteIfExists(file);
                folder.removeIfEmpty(file.getParent());
            }
        }
        Files.deleteIfExists(journal);
    }

    private Path file(Attempt attempt) {
        return folder.root().resolve("." + attempt.task().hex() + "-" + attempt.number() + ".saved");
    }
}
