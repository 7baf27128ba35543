package dev.darkroom.store;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A running PostgreSQL below a shell that waits on a pipe of this process. A line on the pipe asks for an orderly
 * shutdown; the pipe's end, which also comes when this process is killed, for an immediate one, after which
 * PostgreSQL's log of changes restores at the next start all that was committed. The shell outlives the signals that a
 * service manager may send to every process at once.
 */
final class PostgresProcess {

    private static final String SHELL = """
            trap '' HUP INT TERM
            exec 3<&0 9<"$1"
            log=$2
            shift 2
            "$@" </dev/null >>"$log" 2>&1 3<&- &
            postgres=$!
            (
                while read -r word <&3; do kill -INT "$postgres"; done
                kill -QUIT "$postgres"
            ) &
            reader=$!
            exec 3<&-
            wait "$postgres"
            status=$?
            kill -KILL "$reader"
            exit $status
            """;

    private static final int SHUTDOWN_SECONDS = 30;

    private final Process shell;

    private PostgresProcess(Process shell) {
        this.shell = shell;
    }

    /**
     * Starts the server; it is not ready yet.
     *
     * @param program what to run, with whatever changes the account before it
     */
    static PostgresProcess start(ClusterFolder folder, List<String> program) throws IOException {
        List<String> command = new ArrayList<>(ownSession());
        command.addAll(List.of(
                "/bin/sh",
                "-c",
                SHELL,
                "sh",
                folder.cluster().toString(),
                folder.log().toString()));
        command.addAll(program);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        ServerLog.cleanEnvironment(builder.environment());
        return new PostgresProcess(builder.start());
    }

    /** A terminal's Ctrl-C goes to all of a session's foreground processes, and the database must outlive the drain. */
    private static List<String> ownSession() {
        Optional<Path> setsid = OnPath.find("setsid");
        if (setsid.isPresent()) {
            return List.of(setsid.get().toString());
        }
        return OnPath.find("perl")
                .map(perl -> List.of(perl.toString(), "-e", "setpgrp; exec @ARGV"))
                .orElse(List.of());
    }

    /**
     * Waits until it takes connections.
     *
     * @return false if it ended instead
     */
    boolean awaitReady(Path cluster, int seconds) throws InterruptedException {
        Path pidFile = cluster.resolve("postmaster.pid");
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (System.nanoTime() < end) {
            if (isReady(pidFile)) {
                return true;
            }
            if (shell.waitFor(20, TimeUnit.MILLISECONDS)) {
                return false;
            }
        }
        kill();
        return false;
    }

    private static boolean isReady(Path pidFile) {
        try {
            List<String> lines = Files.readAllLines(pidFile);
            return lines.size() > 7 && lines.get(7).startsWith("ready");
        } catch (IOException notThereYet) {
            return false;
        }
    }

    /** Returns what completes when the server has ended, for whatever reason. */
    CompletableFuture<Integer> onExit() {
        return shell.onExit().thenApply(Process::exitValue);
    }

    boolean isRunning() {
        return shell.isAlive();
    }

    /** Shuts the server down in order and waits for that, at most half a minute; then less gently. */
    void stop() {
        try {
            OutputStream pipe = shell.getOutputStream();
            try {
                pipe.write("stop\n".getBytes(StandardCharsets.US_ASCII));
                pipe.flush();
            } catch (IOException endedAlready) {
                // awaited below
            }
            if (!shell.waitFor(SHUTDOWN_SECONDS, TimeUnit.SECONDS)) {
                kill();
            }
        } catch (InterruptedException e) {
            kill();
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the server at once; nothing that was committed is lost. */
    void kill() {
        try {
            shell.getOutputStream().close();
        } catch (IOException endedAlready) {
            // that is all we want
        }
        try {
            if (!shell.waitFor(10, TimeUnit.SECONDS)) {
                shell.descendants().forEach(ProcessHandle::destroyForcibly);
                shell.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
