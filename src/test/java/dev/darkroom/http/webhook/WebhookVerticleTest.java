package dev.darkroom.http.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.MessageCodecs;
import dev.darkroom.bus.StoreMessage;
import dev.darkroom.bus.StoreMessage.ClaimWebhooks;
import dev.darkroom.bus.StoreMessage.DueWebhook;
import dev.darkroom.bus.StoreMessage.DueWebhooks;
import dev.darkroom.bus.StoreMessage.SettleWebhook;
import dev.darkroom.bus.TaskNotice;
import dev.darkroom.bus.TaskRow;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskState;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.PfxOptions;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real sender and receiver; the outbox stands in. */
final class WebhookVerticleTest {

    private final Vertx vertx = Vertx.vertx();
    private final Deque<DueWebhook> due = new ArrayDeque<>();
    private final BlockingQueue<ClaimWebhooks> claims = new LinkedBlockingQueue<>();
    private final BlockingQueue<SettleWebhook> settled = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> bodies = new LinkedBlockingQueue<>();
    private final List<String> hosts = new ArrayList<>();
    private final AtomicInteger lookups = new AtomicInteger();
    private volatile Handler<HttpServerRequest> receiver =
            request -> request.response().end();
    private int port;

    @BeforeEach
    void open() throws Exception {
        MessageCodecs.register(vertx);
        vertx.eventBus().<StoreMessage>localConsumer(Addresses.STORE, message -> {
            if (message.body() instanceof ClaimWebhooks claim) {
                claims.add(claim);
                List<DueWebhook> taken = new ArrayList<>();
                synchronized (due) {
                    int perHost = 0;
                    while (taken.size() < claim.limit()
                            && perHost < claim.perHost()
                            && !due.isEmpty()
                            && !claim.busyHosts().contains(due.peek().host())) {
                        taken.add(due.poll());
                        perHost++;
                    }
                }
                message.reply(new DueWebhooks(taken, -1));
            } else if (message.body() instanceof SettleWebhook settle) {
                settled.add(settle);
                message.reply(true);
            }
        });
        port = listen(new HttpServerOptions());
    }

    private int listen(HttpServerOptions options) throws Exception {
        return vertx.createHttpServer(options.setPort(0).setHost("127.0.0.1"))
                .requestHandler(request -> {
                    synchronized (hosts) {
                        hosts.add(request.getHeader("Host"));
                    }
                    request.body().onSuccess(body -> {
                        bodies.add(body.toString());
                        receiver.handle(request);
                    });
                })
                .listen()
                .await(20, TimeUnit.SECONDS)
                .actualPort();
    }

    @AfterEach
    void close() throws Exception {
        vertx.close().await(30, TimeUnit.SECONDS);
    }

    private void deploy(WebhookConfig config) throws Exception {
        deploy(config, new HttpClientOptions());
    }

    private void deploy(WebhookConfig config, HttpClientOptions client) throws Exception {
        WebhookVerticle verticle = new WebhookVerticle(
                config,
                (row, base) -> "{\"id\":%d,\"base\":\"%s\"}".formatted(row.id(), base),
                new SimpleMeterRegistry(),
                () -> 0.5,
                host -> {
                    lookups.incrementAndGet();
                    return new InetAddress[] {InetAddress.getByAddress(host, new byte[] {127, 0, 0, 1})};
                },
                client);
        vertx.deployVerticle(verticle).await(20, TimeUnit.SECONDS);
    }

    private static WebhookConfig config(boolean allowPrivate, boolean doubleEncoded, long timeoutMillis) {
        WebhookConfig usual = WebhookConfig.usual();
        return new WebhookConfig(
                "",
                doubleEncoded,
                WebhookSecret.NONE,
                allowPrivate,
                Duration.ofMillis(timeoutMillis),
                usual.concurrency(),
                usual.retries());
    }

    private void send(String url, int attempt) {
        send(url, "hooks.test", attempt);
    }

    private void send(String url, String host, int attempt) {
        TaskRow row = new TaskRow(
                7,
                TaskId.random(),
                "k",
                "",
                TaskState.FINISHED,
                0,
                "m",
                "{}",
                null,
                null,
                1,
                null,
                false,
                Instant.EPOCH,
                null,
                null,
                -1);
        synchronized (due) {
            due.add(new DueWebhook(row, url, host, "http://base", attempt));
        }
        vertx.eventBus().publish(Addresses.TASKS, new TaskNotice.Ended(row.taskId(), TaskState.FINISHED));
    }

    private SettleWebhook outcome() throws InterruptedException {
        SettleWebhook outcome = settled.poll(180, TimeUnit.SECONDS);
        assertThat(outcome).as("an outcome within three minutes").isNotNull();
        return outcome;
    }

    private void answer(int status) {
        receiver = request -> request.response().setStatusCode(status).end();
    }

    private static void refused(SettleWebhook outcome, @Nullable Duration retryIn, String error) {
        assertThat(outcome.delivered()).isFalse();
        assertThat(outcome.retryIn()).isEqualTo(retryIn);
        assertThat(outcome.error()).contains(error);
    }

    @Test
    void aReceiverThatTakesItIsToldOnceAtTheAddressThatWasLookedUp() throws Exception {
        deploy(config(true, false, 120_000));
        answer(201);
        send("http://hooks.test:" + port + "/hook", 1);
        SettleWebhook outcome = outcome();
        assertThat(outcome).isEqualTo(new SettleWebhook(7, 1, true, null, 201, null));
        assertThat(bodies.poll()).isEqualTo("{\"id\":7,\"base\":\"http://base\"}");
        assertThat(hosts).containsExactly("hooks.test:" + port);
        assertThat(lookups).hasValue(1);
    }

    @Test
    void aNameThatMeansThisMachineIsRefusedBeforeAnythingIsSent() throws Exception {
        deploy(config(false, false, 120_000));
        send("http://hooks.test:" + port + "/hook", 1);
        refused(outcome(), null, "127.0.0.1 is no address of the public internet");
        assertThat(bodies).isEmpty();
    }

    @Test
    void whatIsNotTakenIsTriedAgainLaterAndLaterUntilItIsGivenUp() throws Exception {
        deploy(config(true, false, 120_000));
        answer(500);
        List<Duration> pauses = new ArrayList<>();
        for (int attempt = 1; attempt <= 10; attempt++) {
            send("http://hooks.test:" + port + "/hook", attempt);
            SettleWebhook outcome = outcome();
            assertThat(outcome.status()).isEqualTo(500);
            pauses.add(outcome.retryIn());
        }
        assertThat(pauses.subList(0, 9)).isEqualTo(WebhookConfig.usual().retries());
        assertThat(pauses.get(9)).isNull();
    }

    @Test
    void goneIsForeverAndRedirectsAreNotFollowed() throws Exception {
        deploy(config(true, false, 120_000));
        answer(410);
        send("http://hooks.test:" + port + "/hook", 1);
        refused(outcome(), null, "410");
        receiver = request -> request.response()
                .setStatusCode(307)
                .putHeader("Location", "http://hooks.test:" + port + "/other")
                .end();
        bodies.clear();
        send("http://hooks.test:" + port + "/hook", 1);
        refused(outcome(), Duration.ofSeconds(5), "redirects are not followed");
        assertThat(bodies).hasSize(1);
    }

    @Test
    void aReceiverThatIsSilentOrNotThereCostsItsTimeAndNoMore() throws Exception {
        deploy(config(true, false, 300));
        receiver = request -> {};
        send("http://hooks.test:" + port + "/hook", 1);
        refused(outcome(), Duration.ofSeconds(5), "did not answer within 300 ms");
        send("http://hooks.test:1/hook", 1);
        refused(outcome(), Duration.ofSeconds(5), "");
    }

    @Test
    void anAnswerWithoutEndIsCutOff() throws Exception {
        deploy(config(true, false, 120_000));
        BlockingQueue<Boolean> closed = new LinkedBlockingQueue<>();
        receiver = request -> {
            request.response().setChunked(true).closeHandler(gone -> closed.add(true));
            endless(request);
        };
        send("http://hooks.test:" + port + "/hook", 1);
        assertThat(outcome().delivered()).isTrue();
        assertThat(closed.poll(60, TimeUnit.SECONDS)).isTrue();
    }

    private static void endless(HttpServerRequest request) {
        request.response().write(Buffer.buffer(new byte[16 << 10])).onSuccess(written -> endless(request));
    }

    @Test
    void doubleEncodedIsAStringThatHoldsTheRecord() throws Exception {
        deploy(config(true, true, 120_000));
        send("http://hooks.test:" + port + "/hook", 1);
        outcome();
        assertThat(bodies.poll()).isEqualTo("\"{\\\"id\\\":7,\\\"base\\\":\\\"http://base\\\"}\"");
    }

    @Test
    void oneReceiverNeverTakesAllPlaces() throws Exception {
        List<HttpServerRequest> held = new ArrayList<>();
        BlockingQueue<Integer> waiting = new LinkedBlockingQueue<>();
        receiver = request -> {
            held.add(request);
            waiting.add(held.size());
        };
        deploy(config(true, false, 240_000));
        for (int i = 0; i < 6; i++) {
            send("http://hooks.test:" + port + "/hook", 1);
        }
        for (int i = 0; i < 4; i++) {
            assertThat(waiting.poll(60, TimeUnit.SECONDS)).isNotNull();
        }
        ClaimWebhooks claim = claims.poll(60, TimeUnit.SECONDS);
        while (claim.busyHosts().isEmpty()) {
            vertx.eventBus().publish(Addresses.TASKS, new TaskNotice.Ended(TaskId.random(), TaskState.FINISHED));
            claim = claims.poll(60, TimeUnit.SECONDS);
        }
        assertThat(claim.busyHosts()).containsExactly("hooks.test");
        assertThat(claim.limit()).isEqualTo(12);
        assertThat(waiting).isEmpty();
        receiver = request -> request.response().end();
        held.forEach(request -> request.response().end());
        for (int i = 0; i < 6; i++) {
            assertThat(outcome().delivered()).isTrue();
        }
    }

    @Test
    void overTlsTheNameMustBeTheCertificates(@TempDir Path folder) throws Exception {
        Path store = folder.resolve("key.p12");
        Path certificate = folder.resolve("certificate.pem");
        keytool(
                "-genkeypair",
                "-alias",
                "a",
                "-keyalg",
                "EC",
                "-dname",
                "CN=hooks.test",
                "-ext",
                "san=dns:hooks.test",
                "-storetype",
                "PKCS12",
                "-storepass",
                "secret",
                "-keystore",
                store.toString());
        keytool(
                "-exportcert",
                "-rfc",
                "-alias",
                "a",
                "-storepass",
                "secret",
                "-keystore",
                store.toString(),
                "-file",
                certificate.toString());
        int secure = listen(new HttpServerOptions()
                .setSsl(true)
                .setKeyCertOptions(new PfxOptions().setPath(store.toString()).setPassword("secret")));
        deploy(
                config(true, false, 120_000),
                new HttpClientOptions().setTrustOptions(new PemTrustOptions().addCertPath(certificate.toString())));
        send("https://hooks.test:" + secure + "/hook", 1);
        SettleWebhook outcome = outcome();
        assertThat(outcome.error()).isNull();
        assertThat(outcome.delivered()).isTrue();
        send("https://other.test:" + secure + "/hook", "other.test", 1);
        refused(outcome(), Duration.ofSeconds(5), "can't be reached");
    }

    private static void keytool(String... arguments) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        process.getInputStream().readAllBytes();
        assertThat(process.waitFor()).isZero();
    }
}
