package dev.darkroom.output;

import dev.darkroom.image.ImageFormat;
import dev.darkroom.image.RgbImage;
import dev.darkroom.task.Attempt;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Keeps finished pictures. Safe from any thread; blocks. */
public interface OutputStore {

    /**
     * Encodes a picture and gives it its final name: readers see the whole file or none, and no file is ever replaced.
     * Until {@link #settle} the picture is the attempt's alone.
     *
     * @param attempt whose picture it is
     * @param index of the image within its task
     * @param seed that made it
     * @param parameters written into the file, in order; empty for none
     * @param saveName what the user wants it called, or null for the usual name; made safe here
     * @throws IOException if the folder can't take it; nothing is left behind
     */
    SavedImage save(
            Attempt attempt,
            int index,
            long seed,
            RgbImage picture,
            ImageFormat format,
            Map<String, String> parameters,
            @Nullable String saveName)
            throws IOException;

    /**
     * Deletes what the attempt saved beside {@code kept}, which is what the task's row names now: that stays, whatever
     * happens to the server.
     */
    void settle(Attempt attempt, TaskResult kept) throws IOException;

    /** Returns the attempts that saved something and were never settled, other living servers' among them. */
    List<Attempt> unsettled() throws IOException;

    /** Deletes what the task's earlier attempts saved before they died. */
    void discardEarlier(Attempt attempt) throws IOException;

    /**
     * Returns the file behind the path of a {@link SavedImage}, if there is one.
     *
     * @param path as the network gave it: anything that leads out of the folder finds nothing
     */
    Optional<Path> find(String path);

    /** Deletes the files of a result; missing ones are no error. */
    void delete(TaskResult result) throws IOException;
}
