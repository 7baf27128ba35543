package dev.darkroom.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** As whoever runs it: root, or an ordinary user. */
class EmbeddedPostgresTest {

    @TempDir
    Path root;

    private final List<String> told = new ArrayList<>();

    private EmbeddedPostgres start(Path folder) {
        return EmbeddedPostgres.start(folder, 0, told::add);
    }

    private static String ask(PgConnectOptions database, String sql) throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            Pool pool = PgBuilder.pool().connectingTo(database).using(vertx).build();
            return Awaited.get(pool.query(sql)
                    .execute()
                    .map(rows -> rows.iterator().hasNext()
                            ? String.valueOf(rows.iterator().next().getValue(0))
                            : ""));
        } finally {
            Awaited.get(vertx.close());
        }
    }

    @Test
    void itsDataSurviveARestartAndItIsDurableAndClosedToOthers() throws Exception {
        Path folder = root.resolve("data/postgres");
        try (EmbeddedPostgres first = start(folder)) {
            assertThat(told).anyMatch(sentence -> sentence.contains("making a PostgreSQL 18.6 database"));
            PgConnectOptions database = first.connectOptions();
            ask(database, "CREATE TABLE kept AS SELECT 42 AS n");
            assertThat(ask(database, "SHOW fsync")).isEqualTo("on");
            assertThat(ask(database, "SHOW synchronous_commit")).isEqualTo("on");
            assertThat(ask(database, "SHOW listen_addresses")).isEqualTo("127.0.0.1");
            assertThat(ask(database, "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules"))
                    .isEqualTo("scram-sha-256");
            assertThatThrownBy(() -> ask(new PgConnectOptions(database).setPassword("wrong"), "SELECT 1"))
                    .hasMessageContaining("password");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                    .isEqualTo("rwx------");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("password"))))
                    .isEqualTo("rw-------");
        }
        told.clear();
        try (EmbeddedPostgres second = start(folder)) {
            assertThat(ask(second.connectOptions(), "SELECT n FROM kept")).isEqualTo("42");
            assertThat(told).isEmpty();
        }
    }

    @Test
    void itWorksBelowAFolderThatOnlyTheUserMayEnter() throws Exception {
        Path closed = Files.createDirectory(
                root.resolve("closed"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try (EmbeddedPostgres postgres = start(closed.resolve("checkout/data"))) {
            assertThat(ask(postgres.connectOptions(), "SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void aSecondServerOnTheSameFolderIsToldWhoHasIt() {
        Path folder = root.resolve("postgres");
        try (EmbeddedPostgres first = start(folder)) {
            assertThat(first.isRunning()).isTrue();
            assertThatThrownBy(() -> start(folder))
                    .isInstanceOf(DatabaseException.class)
                    .hasMessageContaining("in use by another Darkroom, process "
                            + ProcessHandle.current().pid());
            assertThat(first.isRunning()).isTrue();
        }
    }

    @Test
    void aKilledServerTakesItsDatabaseAlongAndLosesNothing() throws Exception {
        Path folder = root.resolve("postgres");
        Process child = child(folder);
        PgConnectOptions database = started(child);
        ask(database, "CREATE TABLE kept AS SELECT 7 AS n");
        ProcessHandle postmaster = postmaster(folder);
        child.destroyForcibly().waitFor();
        postmaster.onExit().get(20, TimeUnit.SECONDS);
        try (EmbeddedPostgres next = start(folder)) {
            assertThat(ask(next.connectOptions(), "SELECT n FROM kept")).isEqualTo("7");
        }
    }

    @Test
    void aDatabaseThatOutlivedItsServerIsEndedNotAdopted() throws Exception {
        Path folder = root.resolve("postgres");
        Process child = child(folder);
        started(child);
        ProcessHandle orphan = postmaster(folder);
        // its watchers first, so that nobody is left to stop it
        child.toHandle().descendants().filter(p -> isShell(p)).forEach(ProcessHandle::destroyForcibly);
        child.destroyForcibly().waitFor();
        try (EmbeddedPostgres next = start(folder)) {
            // an ended process is there until its parent, which may be busy, takes note
            orphan.onExit().get(20, TimeUnit.SECONDS);
            assertThat(ask(next.connectOptions(), "SELECT 1")).isEqualTo("1");
        }
    }

    private static boolean isShell(ProcessHandle process) {
        return process.info()
                .command()
                .map(command -> command.matches(".*/(sh|dash|bash)"))
                .orElse(false);
    }

    @Test
    void aStaleProcessNumberThatBelongsToSomebodyElseIsNoObstacle() throws Exception {
        Path folder = root.resolve("postgres");
        start(folder).close();
        Files.writeString(
                folder.resolve("cluster/postmaster.pid"),
                ProcessHandle.current().pid() + "\n/elsewhere\n1\n1\n\n127.0.0.1\n1 1\nready\n");
        try (EmbeddedPostgres next = start(folder)) {
            assertThat(ask(next.connectOptions(), "SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void aMakingThatWasKilledIsMadeAgain() throws Exception {
        Path folder = root.resolve("postgres");
        Files.createDirectories(folder.resolve("cluster.part/base"));
        Files.writeString(folder.resolve("password"), "left over");
        try (EmbeddedPostgres postgres = start(folder)) {
            assertThat(ask(postgres.connectOptions(), "SELECT 1")).isEqualTo("1");
        }
    }

    @Test
    void foldersAndPortsThatDoNotServeAreRefusedInOneSentence() throws Exception {
        Path foreign = Files.createDirectory(root.resolve("foreign"));
        Files.writeString(foreign.resolve("letter.txt"), "dear");
        assertThatThrownBy(() -> start(foreign))
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining("holds other files (letter.txt)");
        Path file = Files.writeString(root.resolve("file"), "");
        assertThatThrownBy(() -> start(file.resolve("below"))).isInstanceOf(DatabaseException.class);
        Path old = root.resolve("old");
        Files.createDirectories(old.resolve("cluster"));
        Files.writeString(old.resolve("cluster/PG_VERSION"), "16\n");
        assertThatThrownBy(() -> start(old))
                .isInstanceOf(DatabaseException.class)
                .hasMessageContaining("made by PostgreSQL 16");
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            assertThatThrownBy(() -> EmbeddedPostgres.start(root.resolve("busy"), socket.getLocalPort(), told::add))
                    .isInstanceOf(DatabaseException.class)
                    .hasMessageContaining("Port " + socket.getLocalPort());
        }
    }

    @Test
    void programsAreUnpackedOnceByStartsAtTheSameTime() throws Exception {
        Path cache = root.resolve("cache");
        PostgresBinaries binaries = new PostgresBinaries(told::add);
        Files.createDirectories(cache);
        List<Path> homes = Stream.of(1, 2)
                .parallel()
                .map(start -> binaries.unpack(List.of(cache), folder -> true))
                .toList();
        assertThat(homes.get(0)).isEqualTo(homes.get(1)).isDirectory();
        assertThat(homes.get(0).resolve("bin/postgres")).isExecutable();
        assertThat(told).hasSize(1);
    }

    private static Process child(Path folder) throws IOException {
        return new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        ChildServer.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private static PgConnectOptions started(Process child) throws IOException {
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("postgresql://")) {
                return PgConnectOptions.fromUri(line);
            }
        }
        throw new AssertionError("the child ended without a database");
    }

    private static ProcessHandle postmaster(Path folder) throws IOException {
        String pid =
                Files.readAllLines(folder.resolve("cluster/postmaster.pid")).get(0);
        return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
    }
}
