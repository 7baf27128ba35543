package dev.darkroom.conformance;

import static dev.darkroom.conformance.ConformanceServer.CAT;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonObject;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What receivers of webhooks get. */
@ExtendWith(ConformanceServer.Shared.class)
final class WebhookConformanceTest {

    private final ConformanceServer server;
    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private HttpServer receiver;

    WebhookConformanceTest(ConformanceServer server) {
        this.server = server;
    }

    @BeforeEach
    void listen() throws Exception {
        receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.createContext("/", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            received.add(exchange.getRequestHeaders().getFirst("Content-Type") + " " + body);
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        receiver.start();
    }

    @AfterEach
    void close() {
        receiver.stop(0);
    }

    private String url() {
        return "http://127.0.0.1:" + receiver.getAddress().getPort() + "/hook";
    }

    private JsonObject told() throws Exception {
        String message = received.poll(90, TimeUnit.SECONDS);
        assertThat(message).startsWith("application/json");
        return new JsonObject(message.substring(message.indexOf('{')));
    }

    @Test
    @Fact(
            number = "1.11-1",
            text =
                    "The webhook is a JSON object, the task's record; `webhook.body: double-encoded` brings the old form back.",
            insteadOf = "it is a JSON text that holds the record as JSON")
    void theWebhookIsTheRecord() throws Exception {
        JsonObject record = server.ann.finished(CAT.copy().put("webhook_url", url()));
        JsonObject told = told();
        assertThat(told.getString("task_id")).isEqualTo(record.getString("task_id"));
        assertThat(told.getString("task_status")).isEqualTo("finished");
        assertThat(told.getJsonArray("result")).isEqualTo(record.getJsonArray("result"));
        assertThat(record.getString("webhook_url")).isEqualTo(url());
    }

    @Test
    @Fact(number = "1.11-2", text = "It is sent for tasks that fail, too.")
    void aFailedTaskIsTold() throws Exception {
        server.failNext();
        server.ann.queue(CAT.copy().put("webhook_url", url()));
        assertThat(told().getString("task_status")).isEqualTo("failed");
    }

    @Test
    @Fact(
            number = "2.6-5",
            text = "The webhook of a job is `{\"job_id\":...,\"job_result\":[{\"url\":...,\"seed\":\"...\"}]}`.")
    void theWebhookOfAJobIsItsResult() throws Exception {
        String request = LegacyConformanceTest.CAT
                .copy()
                .put("async_process", true)
                .put("webhook_url", url())
                .encode();
        String job =
                server.legacy.post(LegacyConformanceTest.TEXT, request).json().getString("job_id");
        JsonObject told = told();
        assertThat(told.fieldNames()).containsExactlyInAnyOrder("job_id", "job_result");
        assertThat(told.getString("job_id")).isEqualTo(job);
        JsonObject result = told.getJsonArray("job_result").getJsonObject(0);
        assertThat(result.getString("seed")).isEqualTo("7");
        assertThat(server.legacy.get(result.getString("url")).status()).isEqualTo(200);
    }
}
