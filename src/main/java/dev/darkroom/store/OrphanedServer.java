package dev.darkroom.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What a Darkroom that was killed may have left of its PostgreSQL. To be used by who holds the folder's lock, so that
 * a server found on the folder belongs to nobody who lives.
 */
final class OrphanedServer {

    private OrphanedServer() {}

    /** Waits for such a server's end, hastening it after two seconds, and removes a stale {@code postmaster.pid}. */
    static void end(Path cluster) {
        Path pidFile = cluster.resolve("postmaster.pid");
        try {
            if (!Files.exists(pidFile)) {
                return;
            }
            Optional<ProcessHandle> server =
                    pid(pidFile).flatMap(ProcessHandle::of).filter(p -> runs(p, cluster));
            if (server.isPresent() && !endsWithin(server.get(), 2)) {
                server.get().descendants().forEach(ProcessHandle::destroyForcibly);
                server.get().destroyForcibly();
                if (!endsWithin(server.get(), 10)) {
                    throw new DatabaseException(
                            "A PostgreSQL of an earlier Darkroom, process %d, still runs on %s and can't be ended."
                                    .formatted(server.get().pid(), cluster));
                }
            }
            // its number may belong to another process by now, which PostgreSQL would take for a living server
            Files.deleteIfExists(pidFile);
        } catch (IOException e) {
            throw ClusterFolder.problem(cluster, e);
        }
    }

    private static Optional<Long> pid(Path pidFile) throws IOException {
        return Files.readAllLines(pidFile).stream()
                .findFirst()
                .filter(line -> line.matches("\\d{1,18}"))
                .map(Long::valueOf);
    }

    /** Tells whether the process is a server on this cluster; PostgreSQL works from within its data folder. */
    private static boolean runs(ProcessHandle process, Path cluster) {
        Path workingFolder = Path.of("/proc", Long.toString(process.pid()), "cwd");
        if (Files.isDirectory(Path.of("/proc/self"))) {
            try {
                return Files.isSameFile(workingFolder, cluster);
            } catch (IOException goneOrSomebodyElses) {
                return false;
            }
        }
        return process.info()
                .command()
                .map(command -> command.endsWith("/postgres"))
                .orElse(false);
    }

    private static boolean endsWithin(ProcessHandle process, int seconds) {
        try {
            process.onExit().orTimeout(seconds, TimeUnit.SECONDS).join();
            return true;
        } catch (CompletionException e) {
            if (e.getCause() instanceof TimeoutException) {
                return false;
            }
            throw e;
        }
    }
}
