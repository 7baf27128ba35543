package dev.darkroom.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(EmbeddedDatabase.class)
class NeighboursTest {

    private static final Duration HOUR = Duration.ofHours(1);
    private static final long LONG_AGO = Instant.parse("2020-01-01T00:00:00Z").toEpochMilli();

    private static StoreFixture database;
    private static Vertx vertx;
    private static PgConnectOptions options;

    @TempDir
    Path folder;

    private PictureStage node;

    @BeforeAll
    static void open(PgConnectOptions connection) throws Exception {
        options = connection;
        database = new StoreFixture(connection, 100);
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void close() throws Exception {
        Awaited.get(vertx.close());
        database.close();
    }

    @BeforeEach
    void begin() throws Exception {
        database.sql("DELETE FROM picture");
        database.sql("DELETE FROM place");
        node = new PictureStage(vertx, options, folder.resolve("outputs"));
    }

    private long pictures(String condition) throws Exception {
        return database.sql("SELECT FROM picture WHERE " + condition);
    }

    private static UUID stranger(String seen) throws Exception {
        UUID place = UUID.randomUUID();
        database.sql(
                "INSERT INTO place (id, url, seen) VALUES ($1, 'http://127.0.0.1:2', now() - interval '" + seen + "')",
                place);
        return place;
    }

    @Test
    void whatAFolderHadBeforeItWasSharedIsEntered() throws Exception {
        node.folder.keep("2020-01-01/old.png", new byte[] {1}, LONG_AGO);
        node.neighbours(HOUR).beat();
        assertThat(pictures("path = '2020-01-01/old.png' AND kept")).isEqualTo(1);
    }

    @Test
    void whatWasMadeWhileTheFolderWasNotSharedIsEnteredToo() throws Exception {
        node.neighbours(HOUR).beat();
        node.folder.keep("2026-11-21/unshared.png", new byte[] {1}, 0);
        node.neighbours(HOUR).beat();
        assertThat(pictures("path = '2026-11-21/unshared.png' AND kept")).isEqualTo(1);
    }

    @Test
    void aLostNodeThatComesBackDropsWhatOthersHaveAndKeepsWhatIsItsOwn() throws Exception {
        node.make("2020-01-01/mine.png");
        node.make("2020-01-01/theirs.png");
        node.folder.keep("2020-01-01/mine.png", "2020-01-01/mine.png".getBytes(StandardCharsets.UTF_8), LONG_AGO);
        node.folder.keep("2020-01-01/theirs.png", "2020-01-01/theirs.png".getBytes(StandardCharsets.UTF_8), LONG_AGO);
        node.neighbours(HOUR).beat();
        node.folder.keep("2020-01-01/deleted.png", new byte[] {1}, LONG_AGO);
        node.folder.keep("2026-11-21/unshared.png", new byte[] {1}, 0);
        database.sql("UPDATE picture SET place = $1 WHERE path LIKE '%theirs%'", stranger("1 s"));
        database.sql("UPDATE place SET lost = true WHERE id = $1", node.table.place());

        node.neighbours(HOUR).beat();
        assertThat(node.folder.find("2020-01-01/mine.png")).isPresent();
        assertThat(node.folder.find("2020-01-01/theirs.png")).isEmpty();
        assertThat(node.folder.find("2020-01-01/deleted.png")).isEmpty();
        assertThat(node.folder.find("2026-11-21/unshared.png")).isPresent();
        assertThat(pictures("path = '2026-11-21/unshared.png' AND kept")).isEqualTo(1);
        assertThat(database.sql("SELECT FROM place WHERE lost")).isZero();
    }

    @Test
    void aNodeThatIsTakenForLostWhileItRunsLooksThroughItsImagesAndGoesOn() throws Exception {
        Neighbours running = node.neighbours(HOUR);
        running.beat();
        UUID other = stranger("1 s");
        node.folder.keep("2020-01-01/theirs.png", new byte[] {1}, LONG_AGO);
        database.sql("UPDATE place SET lost = true WHERE id = $1", node.table.place());
        running.beat();
        assertThat(node.folder.find("2020-01-01/theirs.png")).isEmpty();
        assertThat(database.sql("SELECT FROM place WHERE lost")).isZero();
        assertThat(running.others()).extracting(PlaceTable.Peer::place).containsExactly(other);
    }

    @Test
    void whoWasNotHeardOfLatelyIsNoNeighbour() throws Exception {
        UUID near = stranger("1 s");
        stranger("1 minute");
        Neighbours running = node.neighbours(HOUR);
        running.beat();
        assertThat(running.others()).extracting(PlaceTable.Peer::place).containsExactly(near);
    }

    @Test
    void whoHasJustComeTakesNobodyForLost() throws Exception {
        stranger("2 h");
        Neighbours running = node.neighbours(HOUR);
        for (int beats = 1; beats < 6; beats++) {
            running.beat();
            assertThat(database.sql("SELECT FROM place WHERE lost")).isZero();
        }
        running.beat();
        assertThat(database.sql("SELECT FROM place WHERE lost")).isEqualTo(1);
    }

    @Test
    void theImagesOfALostNodeBelongToWhoHasTheirCopies() throws Exception {
        UUID lost = stranger("2 h");
        database.sql(
                "INSERT INTO picture (path, place, copy, kept) SELECT n || '.png', $1, $2, true"
                        + " FROM generate_series(1, 1100) AS n",
                lost,
                node.table.place());
        database.sql(
                "INSERT INTO picture (path, place, copy, kept) SELECT 'b' || n || '.png', $2, $1, true"
                        + " FROM generate_series(1, 600) AS n",
                lost,
                node.table.place());
        Neighbours running = node.neighbours(Duration.ofSeconds(9));
        running.beat();
        assertThat(pictures("place = '" + node.table.place() + "' AND copy IS NULL"))
                .isEqualTo(1700);
    }
}
