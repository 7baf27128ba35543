package dev.darkroom.store;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Who runs PostgreSQL, which refuses root. An ordinary user runs it directly. Root becomes an uid that nobody else uses;
 * user namespaces, which containers refuse, are not needed for that.
 *
 * <p>The account need not reach the data folder by its path, which may lie below a closed folder such as {@code /root}:
 * on Linux root's shell opens the folder as descriptor 9 and the programs call it {@code /proc/self/fd/9}.
 */
final class ServerAccount {

    /** In a range that systemd's list of uids leaves unused. */
    private static final int FIRST_UNUSED_UID = 60_866;

    private static final Path PASSWD = Path.of("/etc/passwd");

    private final boolean root;
    private final int runner;
    private final int initializer;

    private ServerAccount(boolean root, int runner, int initializer) {
        this.root = root;
        this.runner = runner;
        this.initializer = initializer;
    }

    /**
     * Returns the account for a cluster.
     *
     * @param cluster its folder, whose owner keeps it if it exists
     */
    static ServerAccount of(Path cluster) {
        try {
            if (ownUid() != 0) {
                return new ServerAccount(false, -1, -1);
            }
            Map<String, Integer> accounts = accounts();
            int owner = Files.isDirectory(cluster) ? uidOf(cluster) : 0;
            int runner = owner;
            for (int uid = FIRST_UNUSED_UID; runner == 0; uid++) {
                runner = accounts.containsValue(uid) ? 0 : uid;
            }
            // initdb wants an account that has a name, if only for a second
            int initializer = accounts.getOrDefault(
                    "nobody",
                    accounts.values().stream()
                            .filter(uid -> uid != 0)
                            .findFirst()
                            .orElse(runner));
            return new ServerAccount(true, runner, initializer);
        } catch (IOException e) {
            throw new DatabaseException("The accounts in /etc/passwd can't be read: " + e, e);
        }
    }

    private static Map<String, Integer> accounts() throws IOException {
        Map<String, Integer> accounts = new HashMap<>();
        if (Files.isReadable(PASSWD)) {
            for (String line : Files.readAllLines(PASSWD)) {
                String[] fields = line.split(":");
                if (fields.length > 2 && fields[2].matches("\\d{1,9}")) {
                    accounts.put(fields[0], Integer.parseInt(fields[2]));
                }
            }
        }
        return accounts;
    }

    /** Tells whether the programs run under another account than this process. */
    boolean dropsPrivileges() {
        return root;
    }

    /** Returns how the programs are to call {@code cluster}, given that their shell has it open as descriptor 9. */
    String pathOf(Path cluster) {
        return root && Files.isDirectory(Path.of("/proc/self/fd")) ? "/proc/self/fd/9" : cluster.toString();
    }

    /** Returns what goes before the command that makes a cluster. */
    List<String> initializerPrefix() {
        return prefix(initializer);
    }

    /** Returns what goes before the command that runs a cluster. */
    List<String> runnerPrefix() {
        return prefix(runner);
    }

    private List<String> prefix(int uid) {
        if (!root) {
            return List.of();
        }
        Optional<Path> setpriv = OnPath.find("setpriv");
        if (setpriv.isPresent()) {
            return List.of(setpriv.get().toString(), "--reuid=" + uid, "--regid=" + uid, "--clear-groups", "--");
        }
        Optional<Path> chroot = OnPath.find("chroot");
        if (chroot.isPresent()) {
            return List.of(chroot.get().toString(), "--userspec=+%d:+%d".formatted(uid, uid), "--groups=", "/");
        }
        throw new DatabaseException(
                "PostgreSQL refuses to run as root, and neither setpriv nor chroot is here to become another user:"
                        + " start Darkroom as an ordinary user, or set database.uri.");
    }

    /** Gives a file or folder with all that is in it to the account that makes a cluster. */
    void giveToInitializer(Path path) {
        give(path, initializer);
    }

    /** Gives a folder with all that is in it to the account that runs it. */
    void giveToRunner(Path path) {
        give(path, runner);
    }

    private void give(Path path, int uid) {
        if (!root) {
            return;
        }
        try (Stream<Path> all = Files.walk(path)) {
            for (Path each : (Iterable<Path>) all::iterator) {
                Files.setAttribute(each, "unix:uid", uid, LinkOption.NOFOLLOW_LINKS);
                Files.setAttribute(each, "unix:gid", uid, LinkOption.NOFOLLOW_LINKS);
            }
        } catch (IOException e) {
            throw new DatabaseException(
                    "PostgreSQL refuses to run as root, and root may not give %s to uid %d here (%s): start Darkroom as an ordinary user, or set database.uri."
                            .formatted(path, uid, e.getMessage()),
                    e);
        }
    }

    /** Tells whether the account can reach {@code folder} by its path. */
    boolean reaches(Path folder) {
        if (!root) {
            return true;
        }
        try {
            for (Path step = folder.toRealPath(); step != null; step = step.getParent()) {
                if (!Files.getPosixFilePermissions(step).contains(PosixFilePermission.OTHERS_EXECUTE)) {
                    return false;
                }
            }
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Returns who this process is; UnixSystem takes an uid without a name for root's. */
    static long ownUid() throws IOException {
        Path self = Path.of("/proc/self");
        return Files.isDirectory(self) ? uidOf(self) : new UnixSystem().getUid();
    }

    private static int uidOf(Path path) throws IOException {
        return (int) Files.getAttribute(path, "unix:uid");
    }
}
