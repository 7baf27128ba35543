package dev.darkroom.store;

import dev.darkroom.settings.Settings;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Where tasks are kept.
 *
 * @param uri {@code postgresql://user:password@host:port/database} of your own PostgreSQL, or empty for the embedded one
 * @param folder where the embedded database lives
 * @param port the embedded database's port on 127.0.0.1, or 0 for any free one
 * @param poolSize connections that this node opens at most
 * @param queueCapacity waiting tasks beyond which submissions are refused
 * @param queueTimeout how long a task may wait for a device
 * @param longestRun how long a task may run
 * @param maxAttempts how many workers a task may take down with it before it fails
 */
public record DatabaseConfig(
        String uri,
        Path folder,
        int port,
        int poolSize,
        int queueCapacity,
        Duration queueTimeout,
        Duration longestRun,
        int maxAttempts) {

    private static final Duration WEEK = Duration.ofDays(7);
    private static final Duration DAY = Duration.ofDays(1);
    private static final int ATTEMPTS = 3;

    /** Bounds tasks as a server does that is told nothing about it. */
    public DatabaseConfig(String uri, Path folder, int port, int poolSize, int queueCapacity) {
        this(uri, folder, port, poolSize, queueCapacity, WEEK, DAY, ATTEMPTS);
    }

    /** Reads {@code database.*} and {@code queue.*}. */
    public static DatabaseConfig from(Settings settings) {
        return new DatabaseConfig(
                settings.text(
                        "database.uri",
                        "",
                        uri -> uri.isEmpty() || uri.startsWith("postgresql://") || uri.startsWith("postgres://"),
                        "postgresql://user:password@host:port/database, or nothing for the embedded database"),
                Path.of(settings.text("database.folder", "data/postgres", path -> !path.isEmpty(), "a folder")),
                settings.integer("database.port", 0, 0, 65535),
                settings.integer("database.pool-size", 8, 3, 1000),
                settings.integer("queue.capacity", 10_000, 1, 10_000_000),
                span(settings, "queue.timeout", WEEK),
                span(settings, "queue.longest-run", DAY),
                settings.integer("queue.max-attempts", ATTEMPTS, 1, 1000));
    }

    private static Duration span(Settings settings, String key, Duration fallback) {
        Duration value = settings.duration(key, fallback);
        if (value.toSeconds() >= 1) {
            return value;
        }
        settings.reject(key, "expected at least 1 s");
        return fallback;
    }

    /** Tells whether the embedded database is meant. */
    public boolean embedded() {
        return uri.isEmpty();
    }
}
