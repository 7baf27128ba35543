package dev.darkroom.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.darkroom.output.ObjectStorage;
import dev.darkroom.output.PeerClient;
import dev.darkroom.output.PeerSignature;
import dev.darkroom.output.PictureRegistry;
import dev.darkroom.task.Attempt;
import dev.darkroom.task.TaskId;
import dev.darkroom.testing.RecordedLog;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(EmbeddedDatabase.class)
class CopyKeeperTest {

    private static StoreFixture database;
    private static Vertx vertx;
    private static PgConnectOptions options;

    @TempDir
    Path folder;

    @RegisterExtension
    final RecordedLog log = new RecordedLog(CopyKeeper.class);

    private final PeerClient client = new PeerClient(new PeerSignature("sixteen characters", Clock.systemUTC()));
    private final Set<String> taken = new ConcurrentSkipListSet<>();
    private final AtomicInteger asked = new AtomicInteger();
    private final UUID otherPlace = UUID.randomUUID();
    private volatile boolean broken;
    private HttpServer other;
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
        node = new PictureStage(vertx, options, folder.resolve("outputs"));
        other = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        other.createContext("/", exchange -> {
            asked.incrementAndGet();
            exchange.getRequestBody().readAllBytes();
            String path = exchange.getRequestURI().getPath();
            boolean refused = path.contains("taken");
            if (!broken && !refused) {
                taken.add(path);
            }
            exchange.sendResponseHeaders(broken ? 500 : refused ? 409 : 204, -1);
            exchange.close();
        });
        other.start();
    }

    @AfterEach
    void end() {
        other.stop(0);
    }

    private CopyKeeper keeper() {
        List<PlaceTable.Peer> peers = List.of(new PlaceTable.Peer(
                otherPlace, "http://127.0.0.1:" + other.getAddress().getPort()));
        return new CopyKeeper(node.table, node.folder, client, null, () -> peers);
    }

    private void make(String name, int number) throws Exception {
        Path day = Files.createDirectories(node.outputs.root().resolve("2026-11-21"));
        for (int i = 0; i < number; i++) {
            Files.write(day.resolve("%s-%d.png".formatted(name, i)), new byte[] {1});
        }
        database.sql(
                "INSERT INTO picture (path, place, kept) SELECT '2026-11-21/" + name
                        + "-' || n || '.png', $1, true FROM generate_series(0, $2::int - 1) AS n",
                node.table.place(),
                number);
    }

    @Test
    void imagesThatNoNodeTakesKeepNoOtherFromItsCopy() throws Exception {
        make("taken", PictureTable.BATCH + 20);
        make("free", 30);
        CopyKeeper keeper = keeper();
        keeper.round();
        assertThat(taken).hasSize(30);
        assertThat(database.sql("SELECT FROM picture WHERE copy = $1", otherPlace))
                .isEqualTo(30);
        assertThat(keeper.copies()).isEqualTo(30);
        assertThat(keeper.uncopied()).isEqualTo(PictureTable.BATCH + 20);
        // and are not sent again each time that there is something to copy
        int before = asked.get();
        make("later", 1);
        keeper.round();
        assertThat(asked.get()).isEqualTo(before + 1);
    }

    @Test
    void aNodeThatDoesNotAnswerIsAskedOnceARound() throws Exception {
        make("free", 20);
        broken = true;
        CopyKeeper keeper = keeper();
        keeper.round();
        assertThat(asked.get()).isEqualTo(1);
        assertThat(keeper.uncopied()).isEqualTo(20);
        broken = false;
        keeper.round();
        assertThat(taken).hasSize(20);
        assertThat(keeper.uncopied()).isZero();
    }

    @Test
    void aNodeThatDiedIsNoNewsWhileAnotherOneTakesTheCopies() throws Exception {
        make("free", 20);
        List<PlaceTable.Peer> peers = List.of(
                new PlaceTable.Peer(UUID.randomUUID(), "http://127.0.0.1:1"),
                new PlaceTable.Peer(
                        otherPlace, "http://127.0.0.1:" + other.getAddress().getPort()));
        new CopyKeeper(node.table, node.folder, client, null, () -> peers).round();
        assertThat(taken).hasSize(20);
        assertThat(log.lines()).isEmpty();
        new CopyKeeper(node.table, node.folder, client, null, () -> peers.subList(0, 1)).round();
        assertThat(log.lines()).isEmpty();
        make("lonely", 2);
        new CopyKeeper(node.table, node.folder, client, null, () -> peers.subList(0, 1)).round();
        assertThat(log.lines())
                .singleElement()
                .asString()
                .contains("http://127.0.0.1:1 does not answer")
                .doesNotContain("null");
    }

    @Test
    void aDiskThatIsAwayLosesNothingFromTheTable() throws Exception {
        make("free", 3);
        Path away = folder.resolve("away");
        Files.move(node.outputs.root(), away);
        Files.createDirectory(node.outputs.root());
        CopyKeeper keeper = keeper();
        assertThatThrownBy(keeper::round).isInstanceOf(IOException.class).hasMessageContaining("output folder");
        assertThat(database.sql("SELECT FROM picture")).isEqualTo(3);
        Files.delete(node.outputs.root());
        Files.move(away, node.outputs.root());
        keeper.round();
        assertThat(taken).hasSize(3);
    }

    @Test
    void aDeletedImageGoesHereAndItsRowWhenItIsNowhereAnyMore() throws Exception {
        make("free", PictureTable.BATCH + 5);
        make("stays", 1);
        database.sql("UPDATE picture SET gone = true WHERE path LIKE '%free%'");
        database.sql("UPDATE picture SET copy = $1 WHERE path LIKE '%free-1.png'", otherPlace);
        keeper().round();
        assertThat(node.folder.find("2026-11-21/free-0.png")).isEmpty();
        assertThat(node.folder.find("2026-11-21/free-504.png")).isEmpty();
        assertThat(node.folder.find("2026-11-21/stays-0.png")).isPresent();
        // one is still at the other node
        assertThat(database.sql("SELECT FROM picture WHERE gone")).isEqualTo(1);
    }

    @Test
    void whoKnowsNoBucketLeavesWhatIsInIt() throws Exception {
        database.sql("INSERT INTO picture (path, stored, gone) SELECT n || '.png', true, true"
                + " FROM generate_series(1, 700) AS n");
        database.sql("INSERT INTO picture (path, gone) VALUES ('nowhere.png', true)");
        keeper().round();
        assertThat(database.sql("SELECT FROM picture WHERE stored")).isEqualTo(700);
        assertThat(database.sql("SELECT FROM picture")).isEqualTo(700);
        Bucket bucket = new Bucket();
        new CopyKeeper(node.table, node.folder, null, bucket, List::of).round();
        assertThat(bucket.deleted).hasSize(700);
        assertThat(database.sql("SELECT FROM picture")).isZero();
    }

    @Test
    void aBucketThatDoesNotAnswerIsAskedOnceARound() throws Exception {
        make("free", 20);
        Bucket bucket = new Bucket();
        bucket.broken = true;
        CopyKeeper keeper = new CopyKeeper(node.table, node.folder, null, bucket, List::of);
        keeper.round();
        assertThat(bucket.asked.get()).isEqualTo(1);
        bucket.broken = false;
        keeper.round();
        assertThat(database.sql("SELECT FROM picture WHERE stored")).isEqualTo(20);
    }

    @Test
    void whatATaskNamesIsCopiedAndWhatNoTaskNamesIsNot() throws Exception {
        node.make("2026-11-21/kept.png");
        PictureRegistry registry = node.table;
        node.folder.keep("2026-11-21/reserved.png", new byte[] {1}, 0);
        registry.reserve("2026-11-21/reserved.png", new Attempt(TaskId.random(), 1));
        keeper().round();
        assertThat(taken).containsExactly("/pictures/2026-11-21/kept.png");
    }

    /** Keeps nothing but what was deleted. */
    private static final class Bucket implements ObjectStorage {

        private final Set<String> deleted = new ConcurrentSkipListSet<>();
        private final AtomicInteger asked = new AtomicInteger();
        private volatile boolean broken;

        @Override
        public void put(String path, Path file) throws IOException {
            asked.incrementAndGet();
            if (broken) {
                throw new IOException("no bucket");
            }
        }

        @Override
        public boolean get(String path, Path file) {
            return false;
        }

        @Override
        public void delete(Collection<String> paths) {
            deleted.addAll(paths);
        }

        @Override
        public void close() {
            // nothing is open
        }
    }
}
