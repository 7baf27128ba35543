package dev.darkroom.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.endtoend.WebhookReceiver.Received;
import dev.darkroom.http.webhook.WebhookSecret;
import dev.darkroom.model.TinyPipeline;
import dev.darkroom.testing.BlockedThreadWatch;
import dev.darkroom.testing.NullModel;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What a request's webhook hears from a whole server, and what the record says of it. */
@ExtendWith(BlockedThreadWatch.class)
final class WebhooksTest {

    private static final JsonObject CAT =
            new JsonObject().put("prompt", "a cat").put("sampler_name", "euler").put("overwrite_step", 3);
    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    @TempDir
    static Path home;

    private static final NullModel MODEL = new NullModel("null", 64, 4, 1);
    private static RunningServer server;
    private static Client client;
    private static WebhookReceiver receiver;

    @BeforeAll
    static void start() throws Exception {
        TinyPipeline.write(home.resolve("models"), "null");
        receiver = new WebhookReceiver();
        server = RunningServer.start(
                home,
                Map.of(
                        "webhook.allow-private-addresses",
                        "true",
                        "webhook.secret",
                        SECRET,
                        // one image after the other
                        "sampler.max-rows",
                        "1"),
                MODEL);
        client = server.client;
    }

    /** Where the lane waits while a test holds it. */
    private final CompletableFuture<Void> gate = new CompletableFuture<>();

    @AfterEach
    void release() {
        MODEL.beforeCall = () -> {};
        gate.complete(null);
        receiver.status.set(200);
    }

    @AfterAll
    static void stop() {
        server.close();
        receiver.close();
    }

    @Test
    void theEndIsToldToTheWebhookSignedAndTheRecordSaysSo() throws Exception {
        String task = client.queue(CAT.copy().put("webhook_url", receiver.url("/hook?a=1")));
        Received hook = receiver.next();
        assertThat(hook.path()).isEqualTo("/hook?a=1");
        assertThat(hook.headers()).containsEntry("content-type", "application/json");
        assertThat(hook.headers()).containsEntry("webhook-id", "msg_" + task);
        long seconds = Long.parseLong(hook.headers().get("webhook-timestamp"));
        assertThat(hook.headers().get("webhook-signature"))
                .isEqualTo(WebhookSecret.parse(SECRET)
                        .orElseThrow()
                        .signature("msg_" + task, seconds, hook.body().getBytes(StandardCharsets.UTF_8)));
        JsonObject told = new JsonObject(hook.body());
        JsonObject record = client.await(
                task,
                known -> known.containsKey("webhook_delivery")
                        && known.getJsonObject("webhook_delivery")
                                .getString("state")
                                .equals("delivered"));
        JsonObject delivery = (JsonObject) record.remove("webhook_delivery");
        assertThat(told.equals(record)).isTrue();
        assertThat(delivery.getInteger("attempts")).isEqualTo(1);
        assertThat(delivery.getInteger("last_status")).isEqualTo(200);
        assertThat(delivery.getLong("next_attempt_mills")).isNull();
    }

    @Test
    void stoppedTasksAreToldTooAndAFailedDeliveryIsTriedAgain() throws Exception {
        receiver.status.set(503);
        // the waiting one is behind the one that runs and one that was claimed with it
        MODEL.beforeCall = gate::join;
        String runs = client.queue(CAT);
        client.await(runs, record -> record.getString("status").equals("running"));
        client.queue(CAT);
        String waiting = client.queue(CAT.copy().put("webhook_url", receiver.url("/stopped")));
        client.post("/tasks/" + waiting + "/stop");
        Received first = receiver.next();
        assertThat(new JsonObject(first.body()).getString("task_status")).isEqualTo("stop");
        JsonObject record = client.await(
                waiting,
                known -> known.containsKey("webhook_delivery")
                        && known.getJsonObject("webhook_delivery").getString("last_error") != null);
        JsonObject delivery = record.getJsonObject("webhook_delivery");
        assertThat(delivery.getString("state")).isEqualTo("pending");
        assertThat(delivery.getString("last_error")).isEqualTo("The receiver answered 503.");
        assertThat(delivery.getLong("next_attempt_mills")).isGreaterThan(delivery.getLong("last_attempt_mills"));
        receiver.status.set(204);
        Received second = receiver.next();
        assertThat(second.headers().get("webhook-id")).isEqualTo(first.headers().get("webhook-id"));
        client.await(
                waiting,
                known -> known.getJsonObject("webhook_delivery")
                        .getString("state")
                        .equals("delivered"));
    }

    @Test
    void aWebhookThatIsNoAddressIsRefused() throws Exception {
        HttpResponse<String> bad = client.send(client.generate(CAT.copy().put("webhook_url", "ftp://example.org/x")));
        assertThat(bad.statusCode()).isEqualTo(422);
        assertThat(bad.body()).contains("\"webhook_url\"");
        assertThat(client.send(client.generate(CAT.copy().put("webhook_url", "string")))
                        .statusCode())
                .isEqualTo(200);
    }
}
