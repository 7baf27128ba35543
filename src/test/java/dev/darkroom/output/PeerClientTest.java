package dev.darkroom.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.darkroom.settings.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeerClientTest {

    @TempDir
    Path folder;

    private final CountDownLatch end = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final PeerSignature signature = new PeerSignature("sixteen characters", Clock.systemUTC());
    private final PeerClient client = new PeerClient(signature);
    private HttpServer node;
    private String url;

    @BeforeEach
    void open() throws IOException {
        node = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        node.setExecutor(threads);
        url = "http://127.0.0.1:" + node.getAddress().getPort();
        node.start();
    }

    @AfterEach
    void close() {
        end.countDown();
        node.stop(0);
        threads.shutdownNow();
    }

    private void answers(int status, int promised, int sent) {
        node.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(status, promised);
            exchange.getResponseBody().write(new byte[sent]);
            exchange.getResponseBody().flush();
            if (sent < promised) {
                try {
                    end.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            exchange.close();
        });
    }

    @Test
    void aNodeThatHangsInTheMiddleOfAPictureIsGivenUpAndLeavesNoFile() {
        answers(200, 1000, 10);
        PeerClient impatient = new PeerClient(signature, Duration.ofMillis(500));
        Path file = folder.resolve("cat.png");
        assertThatThrownBy(() -> impatient.fetch(url, "2026-11-21/cat.png", file))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("no whole answer");
        assertThat(file).doesNotExist();
    }

    @Test
    void aNodeThatBreaksOffInTheMiddleOfAPictureLeavesNoFile() {
        answers(200, 1000, 10);
        end.countDown();
        Path file = folder.resolve("cat.png");
        assertThatThrownBy(() -> client.fetch(url, "2026-11-21/cat.png", file)).isInstanceOf(IOException.class);
        assertThat(file).doesNotExist();
    }

    @Test
    void aPictureThatTheNodeDoesNotHaveIsNoError() throws Exception {
        answers(404, 1, 1);
        Path file = folder.resolve("cat.png");
        assertThat(client.fetch(url, "2026-11-21/cat.png", file)).isFalse();
        assertThat(file).doesNotExist();
    }

    @Test
    void aNodeThatHasAnotherFileOfThatNameIsToldFromOneThatDoesNotAnswer() throws Exception {
        Path file = Files.write(folder.resolve("cat.png"), new byte[10]);
        answers(409, 1, 1);
        assertThat(client.give(url, "2026-11-21/cat.png", file)).isFalse();
        node.removeContext("/");
        answers(401, 1, 1);
        assertThatThrownBy(() -> client.give(url, "2026-11-21/cat.png", file))
                .isInstanceOf(PeerClient.UnansweredException.class)
                .hasMessageContaining("cluster.secret");
        node.stop(0);
        assertThatThrownBy(() -> client.give(url, "2026-11-21/cat.png", file))
                .isInstanceOf(PeerClient.UnansweredException.class);
    }

    @Test
    void anAddressThatNoNodeReachesIsRefused() {
        for (String host : new String[] {"0.0.0.0", "::"}) {
            Settings alone = new Settings(Map.of("cluster.share-images", "true", "cluster.images-host", host));
            SharingConfig.from(alone);
            assertThat(alone.mistakes()).hasSize(1);
            assertThat(alone.mistakes().get(0).toString()).contains("cluster.images-url");
            Settings named = new Settings(Map.of(
                    "cluster.share-images", "true",
                    "cluster.images-host", host,
                    "cluster.images-url", "http://node1.internal:7868"));
            SharingConfig.from(named);
            assertThat(named.mistakes()).isEmpty();
        }
    }
}
