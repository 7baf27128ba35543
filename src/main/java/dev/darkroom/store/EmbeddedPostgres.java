package dev.darkroom.store;

import io.vertx.pgclient.PgConnectOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real PostgreSQL of our own: unpacked and initialised at the first start, durable, on the loopback interface behind a
 * password that only this user can read. It ends with this process, {@code kill -9} included, and its data stay.
 *
 * <p>Starting and stopping block; both are safe from any thread.
 */
public final class EmbeddedPostgres implements AutoCloseable {

    /** The database's only user. */
    static final String USER = "darkroom";

    /** The one database that every cluster has. */
    static final String DATABASE = "postgres";

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedPostgres.class);
    private static final String HOST = "127.0.0.1";
    private static final int START_SECONDS = 120;
    private static final int PORT_TRIES = 5;
    private static final int LEFT_OVER_SECONDS = 20;

    private final ClusterFolder folder;
    private final PostgresProcess process;
    private final int port;
    private final String password;
    private final String version;
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile boolean stopping;

    private EmbeddedPostgres(ClusterFolder folder, PostgresProcess process, int port, String password, String version) {
        this.folder = folder;
        this.process = process;
        this.port = port;
        this.password = password;
        this.version = version;
        process.onExit().thenAccept(status -> {
            if (!stopping) {
                LOG.error("The embedded PostgreSQL ended by itself with status {}; see {}", status, folder.log());
            }
        });
    }

    /**
     * Starts the database in {@code folder}, which is made if need be.
     *
     * @param port on 127.0.0.1, or 0 for a free one
     * @param progress gets a sentence whenever something slow begins
     * @throws DatabaseException if it can't; nothing is left running
     */
    public static EmbeddedPostgres start(Path folder, int port, Consumer<String> progress) {
        return start(folder, port, progress, caches(System.getenv(), System.getProperty("user.home")));
    }

    static EmbeddedPostgres start(Path path, int port, Consumer<String> progress, List<Path> caches) {
        PostgresBinaries binaries = new PostgresBinaries(progress);
        ClusterFolder folder = ClusterFolder.open(path);
        try {
            ServerAccount account = ServerAccount.of(folder.cluster());
            List<Path> places = new ArrayList<>(caches);
            places.add(folder.folder().resolve("programs"));
            Path programs = binaries.unpack(places, account::reaches);
            if (!folder.isInitialized()) {
                progress.accept(
                        "First start: making a PostgreSQL %s database in %s".formatted(binaries.version(), path));
                new NewCluster(folder, programs, account, new SecureRandom()).make();
            }
            folder.checkVersion(binaries.version().split("\\.")[0]);
            OrphanedServer.end(folder.cluster());
            return launch(folder, programs, account, port, binaries.version());
        } catch (RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    /** Where programs may be unpacked: root's where other accounts can reach it, a user's in the user's own cache. */
    private static List<Path> caches(Map<String, String> environment, String home) {
        List<Path> caches = new ArrayList<>();
        String cache = environment.getOrDefault("XDG_CACHE_HOME", "");
        if (cache.startsWith("/")) {
            caches.add(Path.of(cache, "darkroom"));
        }
        if (home.startsWith("/")) {
            caches.add(Path.of(home, ".cache", "darkroom"));
        }
        caches.add(Path.of("/var/cache/darkroom"));
        return caches;
    }

    private static EmbeddedPostgres launch(
            ClusterFolder folder, Path programs, ServerAccount account, int wantedPort, String version) {
        ServerLog log = new ServerLog(folder.log());
        log.rotate();
        String password = folder.password();
        try {
            long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(LEFT_OVER_SECONDS);
            for (int attempt = 1; ; ) {
                int port = wantedPort == 0 ? freePort() : wantedPort;
                long logged = log.length();
                List<String> command = new ArrayList<>(account.runnerPrefix());
                command.add(programs.resolve("bin").resolve("postgres").toString());
                command.addAll(List.of("-D", account.pathOf(folder.cluster())));
                settings(port).forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
                PostgresProcess process = PostgresProcess.start(folder, command);
                if (process.awaitReady(folder.cluster(), START_SECONDS)) {
                    return new EmbeddedPostgres(folder, process, port, password, version);
                }
                boolean portTaken = log.hasSince(logged, "could not create any TCP/IP sockets");
                if (portTaken && wantedPort != 0) {
                    throw new DatabaseException(
                            "Port %d for the embedded database is taken: set database.port to another one, or to 0."
                                    .formatted(port));
                }
                boolean leftOvers = log.hasSince(logged, "pre-existing shared memory block");
                if (leftOvers && System.nanoTime() < patience) {
                    // an earlier server's processes were killed, and a busy machine takes its time to end them
                    TimeUnit.MILLISECONDS.sleep(100);
                } else if (!portTaken || attempt++ == PORT_TRIES) {
                    throw log.failureSince(logged, "The embedded PostgreSQL did not start");
                }
            }
        } catch (IOException e) {
            throw new DatabaseException("The embedded PostgreSQL can't be started: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DatabaseException("The embedded PostgreSQL's start was interrupted.", e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(HOST))) {
            return socket.getLocalPort();
        }
    }

    /** Durable, and modest with memory; one machine's queue needs neither replication nor parallel queries. */
    private static Map<String, String> settings(int port) {
        Map<String, String> settings = new TreeMap<>();
        settings.put("listen_addresses", HOST);
        settings.put("port", Integer.toString(port));
        settings.put("unix_socket_directories", "");
        settings.put("fsync", "on");
        settings.put("synchronous_commit", "on");
        settings.put("full_page_writes", "on");
        settings.put("jit", "off");
        settings.put("io_method", "sync");
        settings.put("shared_buffers", "128MB");
        settings.put("max_connections", "50");
        settings.put("max_parallel_workers_per_gather", "0");
        settings.put("max_worker_processes", "2");
        settings.put("max_parallel_maintenance_workers", "0");
        settings.put("max_logical_replication_workers", "0");
        settings.put("wal_level", "minimal");
        settings.put("max_wal_senders", "0");
        settings.put("max_wal_size", "512MB");
        settings.put("autovacuum_naptime", "15s");
        settings.put("log_checkpoints", "off");
        settings.put("log_timezone", "UTC");
        settings.put("timezone", "UTC");
        return settings;
    }

    /** Returns how to connect, with the password. */
    public PgConnectOptions connectOptions() {
        return new PgConnectOptions()
                .setHost(HOST)
                .setPort(port)
                .setUser(USER)
                .setDatabase(DATABASE)
                .setPassword(password);
    }

    /** Returns the port on 127.0.0.1. */
    public int port() {
        return port;
    }

    /** Returns PostgreSQL's version, such as {@code 18.6}. */
    public String version() {
        return version;
    }

    /** Calls {@code action} on some thread if the database ends before {@link #close}. */
    public void onUnexpectedEnd(Runnable action) {
        process.onExit().thenAccept(status -> {
            if (!stopping) {
                action.run();
            }
        });
    }

    /** Tells whether the server lives. */
    public boolean isRunning() {
        return process.isRunning();
    }

    /** Who uses the database is about to leave it: from now on its end is no surprise. */
    public void expectEnd() {
        stopping = true;
    }

    /** Shuts the database down in order, waits for that and lets others have the folder. May be called again. */
    @Override
    public void close() {
        stopping = true;
        if (closed.compareAndSet(false, true)) {
            process.stop();
            folder.close();
        }
    }
}
