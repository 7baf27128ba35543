package dev.darkroom.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.darkroom.bus.StoreMessage.Complete;
import dev.darkroom.output.PeerClient;
import dev.darkroom.output.PeerSignature;
import dev.darkroom.task.Attempt;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
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
import org.junit.jupiter.api.io.TempDir;

/** Pictures of tasks that have not ended. */
@ExtendWith(EmbeddedDatabase.class)
class FirstCopiesTest {

    private static final String PATH = "2026-11-21/cat.png";

    private static StoreFixture database;
    private static Vertx vertx;
    private static PgConnectOptions options;

    @TempDir
    Path folder;

    private final Set<String> taken = new ConcurrentSkipListSet<>();
    private final AtomicInteger asked = new AtomicInteger();
    private final UUID otherPlace = UUID.randomUUID();
    private final Attempt attempt = new Attempt(TaskId.random(), 1);
    private volatile int answer = 204;
    private volatile boolean forgetting;
    private HttpServer other;
    private PictureStage node;
    private FirstCopies copies;

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
        other = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        other.createContext("/", exchange -> {
            asked.incrementAndGet();
            exchange.getRequestBody().readAllBytes();
            taken.add(exchange.getRequestURI().getPath());
            if (forgetting) {
                node.table.forget(attempt);
            }
            exchange.sendResponseHeaders(answer, -1);
            exchange.close();
        });
        other.start();
        Neighbours neighbours = node.neighbours(Duration.ofHours(1));
        neighbours.beat();
        // it has come since the last beat
        database.sql(
                "INSERT INTO place (id, url) VALUES ($1, $2)",
                otherPlace,
                "http://127.0.0.1:" + other.getAddress().getPort());
        copies = copies(neighbours, Duration.ofMinutes(1));
    }

    private FirstCopies copies(Neighbours neighbours, Duration patience) {
        PeerClient client = new PeerClient(new PeerSignature("sixteen characters", Clock.systemUTC()));
        return new FirstCopies(node.table, node.folder, client, neighbours, patience);
    }

    @AfterEach
    void end() {
        other.stop(0);
    }

    private void save(String path) throws IOException {
        copies.copyAtOnce(reserved(path));
    }

    private String reserved(String path) throws IOException {
        node.table.reserve(path, attempt);
        node.folder.keep(path, new byte[] {1}, 0);
        return path;
    }

    private long rows(String where) throws Exception {
        return database.sql("SELECT FROM picture WHERE " + where.replace("OTHER", "'" + otherPlace + "'"));
    }

    @Test
    void aPictureHasACopyBeforeItsTaskNamesIt() throws Exception {
        save(PATH);
        assertThat(taken).containsExactly("/pictures/" + PATH);
        assertThat(rows("copy = OTHER AND NOT kept")).isEqualTo(1);
        assertThat(copies.copies()).isEqualTo(1);
        new CopyKeeper(
                        node.table,
                        node.folder,
                        new PeerClient(new PeerSignature("sixteen characters", Clock.systemUTC())),
                        null,
                        java.util.List::of)
                .round();
        assertThat(asked).hasValue(1);
    }

    @Test
    void whatNoTaskEverNamesGoesWithItsCopy() throws Exception {
        save(PATH);
        node.table.forget(attempt);
        assertThat(rows("copy = OTHER AND gone")).isEqualTo(1);
        answer = 500;
        save("2026-11-21/alone.png");
        node.table.forget(attempt);
        assertThat(rows("path LIKE '%alone%'")).isZero();
    }

    @Test
    void aCopyThatWasMadeOfAForgottenPictureGoes() throws Exception {
        forgetting = true;
        save(PATH);
        assertThat(taken).hasSize(1);
        assertThat(rows("place = OTHER AND gone")).isEqualTo(1);
    }

    @Test
    void whoDoesNotAnswerHoldsUpOnePictureAndNotTheNext() throws Exception {
        answer = 500;
        for (int i = 0; i < 5; i++) {
            save("2026-11-21/cat-%d.png".formatted(i));
        }
        assertThat(asked).hasValue(1);
        assertThat(rows("copy IS NULL AND NOT kept")).isEqualTo(5);
    }

    @Test
    void aPictureWaitsNoLongerForManyNodesThanForOne() throws Exception {
        ServerSocket[] frozen = {frozen(), frozen(), frozen()};
        try {
            other.stop(0);
            database.sql("DELETE FROM place WHERE id = $1", otherPlace);
            for (ServerSocket socket : frozen) {
                database.sql(
                        "INSERT INTO place (id, url) VALUES ($1, $2)",
                        UUID.randomUUID(),
                        "http://127.0.0.1:" + socket.getLocalPort());
            }
            Duration patience = Duration.ofSeconds(3);
            long begun = System.nanoTime();
            copies(node.neighbours(Duration.ofHours(1)), patience).copyAtOnce(reserved(PATH));
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(patience.dividedBy(2));
            assertThat(connected(frozen)).isEqualTo(1);
            assertThat(rows("copy IS NULL")).isEqualTo(1);
        } finally {
            for (ServerSocket socket : frozen) {
                socket.close();
            }
        }
    }

    /** Takes connections, and never answers. */
    private static ServerSocket frozen() throws IOException {
        ServerSocket socket = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        socket.setSoTimeout(1);
        return socket;
    }

    private static int connected(ServerSocket[] sockets) throws IOException {
        int connected = 0;
        for (ServerSocket socket : sockets) {
            try {
                socket.accept().close();
                connected++;
            } catch (SocketTimeoutException nobody) {
                // nobody asked this one
            }
        }
        return connected;
    }

    @Test
    void whatALostNodeHadNotNotedAsFinishedIsKeptIfItsTaskNamesIt() throws Exception {
        TaskId named = database.submit("o", 0);
        TaskId failed = database.submit("o", 0);
        TaskId running = database.submit("o", 0);
        database.claim(3);
        TaskResult result = new TaskResult(List.of(new SavedImage(0, named + ".png", 1, 8, 8)), List.of());
        database.ask(store -> store.complete(new Complete(named, 1, TaskState.FINISHED, result, null)));
        database.ask(store -> store.complete(new Complete(failed, 1, TaskState.FAILED, TaskResult.EMPTY, "broken")));
        UUID lost = UUID.randomUUID();
        database.sql("INSERT INTO place (id, url, lost) VALUES ($1, '', true)", lost);
        for (TaskId task : List.of(named, failed, running)) {
            database.sql(
                    "INSERT INTO picture (path, task_id, attempt, place, copy) VALUES ($1, $2, 1, $3, $4)",
                    task + ".png",
                    task.uuid(),
                    lost,
                    node.table.place());
        }
        node.table.places().lose(Duration.ofHours(1));
        assertThat(database.sql("SELECT FROM picture WHERE place = $1 AND copy IS NULL", node.table.place()))
                .isEqualTo(3);
        assertThat(rows("kept AND NOT gone AND path = '" + named + ".png'")).isEqualTo(1);
        assertThat(rows("gone AND NOT kept")).isEqualTo(2);
    }
}
