package dev.darkroom.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Makes the embedded database's cluster. It appears whole: a start that is killed half-way leaves nothing to trip over. */
final class NewCluster {

    /** With a descriptor 9 for the cluster and 8 for the password, whose paths the account may be unable to walk. */
    private static final String SHELL = "exec 9<\"$1\" 8<\"$2\"; shift 2; exec \"$@\"";

    private static final String PASSWORD_DESCRIPTOR = "/proc/self/fd/8";

    private static final int PATIENCE_SECONDS = 120;

    private final ClusterFolder folder;
    private final Path programs;
    private final ServerAccount account;
    private final SecureRandom random;

    NewCluster(ClusterFolder folder, Path programs, ServerAccount account, SecureRandom random) {
        this.folder = folder;
        this.programs = programs;
        this.account = account;
        this.random = random;
    }

    /** Makes it, which takes about a second. */
    void make() {
        Path part = folder.unfinishedCluster();
        Path password = folder.passwordFile();
        try {
            byte[] secret = new byte[24];
            random.nextBytes(secret);
            ClusterFolder.writePrivate(password, HexFormat.of().formatHex(secret));
            ClusterFolder.renewPrivateFolder(part);
            account.giveToInitializer(password);
            account.giveToInitializer(part);
            String data = account.pathOf(part);
            String passwordPath = data.startsWith("/proc/") ? PASSWORD_DESCRIPTOR : password.toString();
            run(List.of(
                    program("initdb"),
                    "--pgdata=" + data,
                    "--username=" + EmbeddedPostgres.USER,
                    "--pwfile=" + passwordPath,
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--no-sync"));
            run(List.of(program("initdb"), "--pgdata=" + data, "--sync-only", "--sync-method=" + syncMethod()));
            account.giveToRunner(part);
            if (account.dropsPrivileges()) {
                // back to this user, who alone needs to read it from now on
                Files.setAttribute(password, "unix:uid", 0);
                Files.setAttribute(password, "unix:gid", 0);
            }
            Files.move(part, folder.cluster());
        } catch (IOException e) {
            throw ClusterFolder.problem(folder.folder(), e);
        }
    }

    /** One call for the whole file system, where there is one, instead of a thousand for the files. */
    private static String syncMethod() {
        return Files.isDirectory(Path.of("/proc/self")) ? "syncfs" : "fsync";
    }

    private String program(String name) {
        return programs.resolve("bin").resolve(name).toString();
    }

    private void run(List<String> program) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                "/bin/sh",
                "-c",
                SHELL,
                "sh",
                folder.unfinishedCluster().toString(),
                folder.passwordFile().toString()));
        command.addAll(account.initializerPrefix());
        command.addAll(program);
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.log().toFile()));
        ServerLog.cleanEnvironment(builder.environment());
        long logged = folder.log().toFile().length();
        Process process = builder.start();
        process.getOutputStream().close();
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new DatabaseException("PostgreSQL's initdb did not end within %d s; see %s."
                        .formatted(PATIENCE_SECONDS, folder.log()));
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new DatabaseException("The database's first start was interrupted.", e);
        }
        if (process.exitValue() != 0) {
            ServerLog log = new ServerLog(folder.log());
            if (log.hasSince(logged, "could not look up effective user ID")) {
                throw new DatabaseException(
                        "PostgreSQL's initdb wants a user with a name, and uid %d has none here: give it a line in /etc/passwd, start as root (the database then runs as another user), or set database.uri."
                                .formatted(ServerAccount.ownUid()));
            }
            throw log.failureSince(logged, "The database could not be made in " + folder.folder());
        }
    }
}
