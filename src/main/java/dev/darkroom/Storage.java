package dev.darkroom;

import dev.darkroom.store.DatabaseConfig;
import dev.darkroom.store.DatabaseException;
import dev.darkroom.store.EmbeddedPostgres;
import io.vertx.pgclient.PgConnectOptions;
import java.net.URI;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The database that a node works on.
 *
 * @param options where it is, and who we are there
 * @param embedded the database that ends with this node, or null if it is somebody's own
 * @param description for people, without a password
 */
record Storage(PgConnectOptions options, @Nullable EmbeddedPostgres embedded, String description)
        implements AutoCloseable {

    /**
     * Starts the embedded database, or reads where the given one is. Blocks.
     *
     * @param home what a relative folder is relative to
     * @param progress gets a sentence whenever something slow begins
     * @throws DatabaseException if that fails, in one sentence
     */
    static Storage open(DatabaseConfig config, Path home, Consumer<String> progress) {
        if (config.embedded()) {
            Path folder = home.resolve(config.folder());
            EmbeddedPostgres database = EmbeddedPostgres.start(folder, config.port(), progress);
            return new Storage(
                    database.connectOptions(),
                    database,
                    "embedded PostgreSQL %s in %s".formatted(database.version(), folder));
        }
        try {
            PgConnectOptions options = PgConnectOptions.fromUri(config.uri());
            return new Storage(
                    options,
                    null,
                    "PostgreSQL at %s:%d/%s".formatted(options.getHost(), options.getPort(), options.getDatabase()));
        } catch (RuntimeException malformed) {
            throw new DatabaseException(
                    "database.uri: not the address of a database: " + withoutPassword(config.uri()), malformed);
        }
    }

    private static String withoutPassword(String uri) {
        try {
            String user = URI.create(uri).getUserInfo();
            return user == null ? uri : uri.replace(user, user.replaceFirst(":.*", ":..."));
        } catch (IllegalArgumentException malformed) {
            return "it is malformed";
        }
    }

    /** Tells whether nobody else can work on it. */
    boolean exclusive() {
        return embedded != null;
    }

    /** The node is about to leave it. */
    void expectEnd() {
        if (embedded != null) {
            embedded.expectEnd();
        }
    }

    @Override
    public void close() {
        if (embedded != null) {
            embedded.close();
        }
    }
}
