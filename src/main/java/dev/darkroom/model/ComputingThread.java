package dev.darkroom.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A thread that computes on the CPU, and keeps all of it busy. On Linux such a thread can stand behind the others: then
 * who answers requests gets a core as soon as it needs one, and not when the computing thread's time slice is over. What
 * threads it starts, ONNX Runtime's own among them, stand where it stands.
 */
final class ComputingThread {

    private static final Logger LOG = LoggerFactory.getLogger(ComputingThread.class);

    /** Names the calling thread, as process/task/thread. */
    private static final Path SELF = Path.of("/proc/thread-self");

    private ComputingThread() {}

    /**
     * Puts the calling thread back, as {@code nice} would; for good, since only root may take it back. Where that can't
     * be done it stays as it is.
     *
     * @param niceness 0 to 19
     */
    static void putBack(int niceness) {
        if (niceness == 0 || !Files.isSymbolicLink(SELF)) {
            return;
        }
        try {
            String thread = Files.readSymbolicLink(SELF).getFileName().toString();
            Process renice = new ProcessBuilder("renice", "-n", Integer.toString(niceness), "-p", thread)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!renice.waitFor(5, TimeUnit.SECONDS)) {
                renice.destroyForcibly();
            }
        } catch (IOException absent) {
            LOG.debug("The computing threads stay beside the others", absent);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt();
        }
    }
}
