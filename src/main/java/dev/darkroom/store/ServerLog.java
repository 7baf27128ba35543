package dev.darkroom.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What PostgreSQL's programs said, from which a failure's reason is read. */
final class ServerLog {

    private static final long ROTATE_BEYOND_BYTES = 4 << 20;

    private final Path file;

    ServerLog(Path file) {
        this.file = file;
    }

    /** Begins a new file when the old one has grown large, keeping one older. */
    void rotate() {
        try {
            if (Files.exists(file) && Files.size(file) > ROTATE_BEYOND_BYTES) {
                Files.move(file, file.resolveSibling(file.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw ClusterFolder.problem(file, e);
        }
    }

    /** Returns how long the log is now. */
    long length() {
        return file.toFile().length();
    }

    /** Makes one sentence of {@code what} failed and the last reason in the log. */
    DatabaseException failure(String what) {
        return failure(what, lastLines(0));
    }

    /** As {@link #failure(String)}, reading only what was written from {@code position} on. */
    DatabaseException failureSince(long position, String what) {
        return failure(what, lastLines(position));
    }

    /** Tells whether {@code text} was written from {@code position} on. */
    boolean hasSince(long position, String text) {
        return lastLines(position).stream().anyMatch(line -> line.contains(text));
    }

    private DatabaseException failure(String what, List<String> lines) {
        if (lines.stream().anyMatch(line -> line.contains("No space left on device"))) {
            return new DatabaseException("The disk that holds %s is full.".formatted(file.getParent()));
        }
        String reason = "";
        for (String line : lines) {
            int mark = Math.max(line.indexOf("FATAL:"), Math.max(line.indexOf("PANIC:"), line.indexOf("error:")));
            if (mark >= 0) {
                reason = line.substring(line.indexOf(':', mark) + 1).trim();
            }
        }
        if (reason.isEmpty() && !lines.isEmpty()) {
            reason = lines.get(lines.size() - 1).trim();
        }
        return new DatabaseException("%s: %s (see %s).".formatted(what, reason, file));
    }

    private List<String> lastLines(long position) {
        try {
            byte[] all = Files.readAllBytes(file);
            int from = (int) Math.min(all.length, Math.max(position, all.length - 65_536L));
            String text = new String(all, from, all.length - from, StandardCharsets.UTF_8);
            return Arrays.stream(text.split("\n"))
                    .filter(line -> !line.isBlank())
                    .toList();
        } catch (IOException e) {
            return List.of("its log can't be read: " + e);
        }
    }

    /** Removes what would steer PostgreSQL's programs elsewhere or change the language of their messages. */
    static void cleanEnvironment(Map<String, String> environment) {
        environment
                .keySet()
                .removeIf(name -> name.startsWith("PG") || name.startsWith("LC_") || name.startsWith("LD_"));
        environment.put("LC_ALL", "C");
        environment.put("LANG", "C");
    }
}
