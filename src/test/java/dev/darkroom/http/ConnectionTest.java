package dev.darkroom.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.testing.BlockedThreadWatch;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What happens on sockets before there is a request, or half of one. */
@ExtendWith(BlockedThreadWatch.class)
final class ConnectionTest {

    @TempDir
    static Path folder;

    private static HttpStage stage;

    @BeforeAll
    static void start() throws Exception {
        stage = new HttpStage(folder, Map.of("http.receive-timeout", "1 s"));
    }

    @AfterAll
    static void stop() {
        stage.close();
    }

    @Test
    void aConnectionWithoutARequestIsClosed() throws Exception {
        assertThat(answerTo("")).isEmpty();
    }

    @Test
    void halfAHeadIsNotWaitedForForEver() throws Exception {
        assertThat(answerTo("POST /v1/engine/generate HTTP/1.1\r\nHost: x\r\nContent-Le"))
                .isEmpty();
    }

    @Test
    void halfABodyIsAnsweredAndTheConnectionClosed() throws Exception {
        String answer = answerTo("POST /v1/engine/generate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                + "Content-Length: 100\r\n\r\n{\"prompt\":");
        assertThat(answer).startsWith("HTTP/1.1 408 ");
        assertThat(detail(answer)).isEqualTo("The request did not arrive in time.");
    }

    @Test
    void aKeptConnectionIsClosedSomeTimeAfterItsAnswer() throws Exception {
        String answer = answerTo("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 200 ");
    }

    @Test
    void aClientThatWaitsForItsAnswerIsNotCutOff() throws Exception {
        String body = "{\"prompt\":\"a cat\"}";
        try (Socket socket =
                stage.raw("POST /v1/engine/generate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                        + "Content-Length: " + body.length() + "\r\nConnection: close\r\n\r\n" + body)) {
            var task = stage.submitted();
            // a connection that was opened later, and waits for nothing, is closed meanwhile
            assertThat(answerTo("")).isEmpty();
            assertThat(answerTo("")).isEmpty();
            stage.run(task);
            stage.finish(task);
            assertThat(read(socket)).startsWith("HTTP/1.1 200 ").contains("\"finished\"");
        }
    }

    @Test
    void whatIsNotHttpIsToldSo() throws Exception {
        String nonsense = answerTo("nonsense\r\n\r\n");
        assertThat(nonsense).contains(" 400 Bad Request");
        assertThat(detail(nonsense)).isEqualTo("This is not an HTTP/1.1 request.");
        String line = answerTo("GET /" + "a".repeat(10_000) + " HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(line).contains(" 414 ");
        assertThat(detail(line)).isEqualTo("The request line is too long.");
        String head = answerTo("GET / HTTP/1.1\r\nHost: x\r\nA: " + "a".repeat(20_000) + "\r\n\r\n");
        assertThat(head).contains(" 431 ");
        assertThat(detail(head)).contains("16384 bytes");
    }

    @Test
    void aRequestWithoutAHostIsRefused() throws Exception {
        String answer = answerTo("GET /tasks HTTP/1.1\r\nConnection: close\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 400 ");
        assertThat(detail(answer)).isEqualTo("Bad Request");
    }

    @Test
    void aClientThatEndsItsHalfInMidBodyIsNoDefect() throws Exception {
        try (Socket socket =
                stage.raw("POST /v1/engine/generate HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")) {
            socket.shutdownOutput();
            read(socket);
        }
        assertThat(stage.send(stage.request("/health/live").GET()).statusCode()).isEqualTo(200);
    }

    /** Sends {@code text} and returns all that comes until the server closes the connection. */
    private static String answerTo(String text) throws Exception {
        try (Socket socket = stage.raw(text)) {
            return read(socket);
        }
    }

    private static String read(Socket socket) throws IOException {
        socket.setSoTimeout(60_000);
        byte[] buffer = new byte[8192];
        StringBuilder answer = new StringBuilder();
        try {
            for (int n = 0; n >= 0; n = socket.getInputStream().read(buffer)) {
                answer.append(new String(buffer, 0, n, StandardCharsets.UTF_8));
            }
        } catch (SocketException reset) {
            // closed while what was sent had not been read whole
        }
        return answer.toString();
    }

    private static String detail(String answer) {
        return new JsonObject(answer.substring(answer.indexOf("\r\n\r\n") + 4)).getString("detail");
    }
}
