package dev.darkroom.chaos;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Tells whose a TCP connection of this machine is, as Linux has it in {@code /proc}. */
final class ConnectionOwner {

    private static final Path PROC = Path.of("/proc");
    private static final int LOCAL = 1;
    private static final int REMOTE = 2;
    private static final int INODE = 9;

    private ConnectionOwner() {}

    /**
     * Tells whether the process has a connection.
     *
     * @param localPort its own port
     * @param remotePort where it leads
     */
    static boolean has(long process, int localPort, int remotePort) throws IOException {
        String inode = inode(localPort, remotePort);
        Path files = PROC.resolve(Long.toString(process)).resolve("fd");
        if (inode.isEmpty() || Files.notExists(files)) {
            return false;
        }
        try (DirectoryStream<Path> open = Files.newDirectoryStream(files)) {
            for (Path file : open) {
                if (leadsTo(file, "socket:[" + inode + "]")) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean leadsTo(Path link, String target) {
        try {
            return Files.readSymbolicLink(link).toString().equals(target);
        } catch (IOException closedMeanwhile) {
            return false;
        }
    }

    private static String inode(int localPort, int remotePort) throws IOException {
        String local = ":%04X".formatted(localPort);
        String remote = ":%04X".formatted(remotePort);
        // Java connects by IPv6 sockets to IPv4 addresses
        for (String table : List.of("tcp", "tcp6")) {
            for (String line : Files.readAllLines(PROC.resolve("net").resolve(table))) {
                String[] words = line.trim().split("\\s+");
                if (words.length > INODE && words[LOCAL].endsWith(local) && words[REMOTE].endsWith(remote)) {
                    return words[INODE];
                }
            }
        }
        return "";
    }
}
