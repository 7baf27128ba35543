package dev.darkroom.store;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a database's tables to this Darkroom's form: numbered files, each in a transaction of its own, each once. Nodes
 * that start at the same time take turns.
 */
final class Migrations {

    /** In their order; a file that was released never changes and never goes. */
    private static final List<String> FILES = List.of(
            "001_task.sql",
            "002_terms_and_webhooks.sql",
            "003_shares_and_checkpoints.sql",
            "004_pictures_and_retention.sql",
            "005_images_left.sql",
            "006_traces.sql",
            "007_tally_versions.sql",
            "008_alone.sql");

    private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);
    private static final String FOLDER = "/db/migration/";

    /** Names the advisory lock under which one node at a time migrates. */
    private static final long LOCK = 0x6461726b726f6f6dL;

    private final List<Migration> migrations;

    /**
     * A step.
     *
     * @param number from 1
     */
    record Migration(int number, String name, String sql) {

        /** Returns the SHA-256 of the text, in hexadecimal. */
        String checksum() {
            try {
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(sql.getBytes(StandardCharsets.UTF_8));
                return HexFormat.of().formatHex(digest);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java has SHA-256", e);
            }
        }
    }

    Migrations(List<Migration> migrations) {
        this.migrations = List.copyOf(migrations);
    }

    /** Returns those that this Darkroom brings. Reads the class path: not for an event loop. */
    static Migrations ofThisVersion() {
        return new Migrations(IntStream.range(0, FILES.size())
                .mapToObj(index -> new Migration(index + 1, FILES.get(index), read(FILES.get(index))))
                .toList());
    }

    private static String read(String file) {
        try (InputStream in = Migrations.class.getResourceAsStream(FOLDER + file)) {
            if (in == null) {
                throw new IllegalStateException("no resource " + FOLDER + file);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Applies what is missing. Fails with a {@link DatabaseException} if the database is not one to continue from. Building
     * an index of a long history takes what it takes, and so does waiting for the node that builds it: no statement
     * time-out holds meanwhile.
     */
    Future<Void> apply(Pool pool) {
        return pool.withConnection(connection -> connection
                .query("SET statement_timeout = 0")
                .execute()
                .compose(patient -> applyLocked(connection))
                .eventually(() -> connection.query("RESET statement_timeout").execute()));
    }

    private Future<Void> applyLocked(SqlConnection connection) {
        return connection
                .preparedQuery("SELECT pg_advisory_lock($1)")
                .execute(Tuple.of(LOCK))
                .compose(locked -> connection
                        .query("CREATE TABLE IF NOT EXISTS migration (number integer PRIMARY KEY, name text NOT NULL,"
                                + " checksum text NOT NULL, applied timestamptz NOT NULL DEFAULT now())")
                        .execute())
                .compose(ready -> connection
                        .query("SELECT number, name, checksum FROM migration ORDER BY number")
                        .execute())
                .compose(applied -> applyMissing(connection, applied))
                .eventually(() -> connection
                        .preparedQuery("SELECT pg_advisory_unlock($1)")
                        .execute(Tuple.of(LOCK)));
    }

    private Future<Void> applyMissing(SqlConnection connection, Iterable<Row> rows) {
        Map<Integer, String> applied = new HashMap<>();
        for (Row row : rows) {
            int number = row.getInteger("number");
            if (number > migrations.size()) {
                return Future.failedFuture(new DatabaseException(
                        "The database was last used by a newer Darkroom (it knows migration %s, this one ends at %d): start that one, or use another database."
                                .formatted(row.getString("name"), migrations.size())));
            }
            applied.put(number, row.getString("checksum"));
        }
        Future<Void> chain = Future.succeededFuture();
        for (Migration migration : migrations) {
            String checksum = applied.get(migration.number());
            if (checksum == null) {
                chain = chain.compose(done -> apply(connection, migration));
            } else if (!checksum.equals(migration.checksum())) {
                return Future.failedFuture(new DatabaseException(
                        "Migration %s is not the one that was applied to this database: a released migration must never change."
                                .formatted(migration.name())));
            }
        }
        return chain;
    }

    private static Future<Void> apply(SqlConnection connection, Migration migration) {
        LOG.info("Applying database migration {}", migration.name());
        return connection
                .begin()
                .compose(transaction -> connection
                        .query(migration.sql())
                        .execute()
                        .compose(done -> connection
                                .preparedQuery("INSERT INTO migration (number, name, checksum) VALUES ($1, $2, $3)")
                                .execute(Tuple.of(migration.number(), migration.name(), migration.checksum())))
                        .compose(done -> transaction.commit())
                        .recover(failure -> transaction.rollback().transform(back -> Future.failedFuture(failure))));
    }
}
