package dev.darkroom.output;

import dev.darkroom.task.Attempt;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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

    private static final Pattern NAME = Pattern.compile("\\.([0-9a-f]{32})-(\\d+)\\.saved");

    private final OutputFolder folder;

    AttemptJournal(OutputFolder folder) {
        this.folder = folder;
    }

    /** Tells whether {@code file} has the name of a journal. */
    static boolean isJournal(Path file) {
        return NAME.matcher(file.getFileName().toString()).matches();
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

    /** Forgets the attempt, whose pictures the task's row names. */
    void forget(Attempt attempt) throws IOException {
        Files.deleteIfExists(file(attempt));
    }

    /** Deletes the attempt's pictures, and forgets it. */
    void discard(Attempt attempt) throws IOException {
        discard(file(attempt));
    }

    /** Deletes the pictures of the task's earlier attempts, which died or lost their lease. */
    void discardEarlier(Attempt attempt) throws IOException {
        try (DirectoryStream<Path> journals =
                Files.newDirectoryStream(folder.root(), "." + attempt.task().hex() + "-*.saved")) {
            for (Path journal : journals) {
                Matcher name = NAME.matcher(journal.getFileName().toString());
                if (name.matches() && Integer.parseInt(name.group(2)) < attempt.number()) {
                    discard(journal);
                }
            }
        }
    }

    private void discard(Path journal) throws IOException {
        List<String> pictures;
        try {
            pictures = Files.readAllLines(journal, StandardCharsets.UTF_8);
        } catch (NoSuchFileException nothingSaved) {
            return;
        }
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
