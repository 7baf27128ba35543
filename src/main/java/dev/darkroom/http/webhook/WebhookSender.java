package dev.darkroom.http.webhook;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes one attempt. The receiver's name is looked up here, its address judged, and that very address connected to: a
 * name that means another address a moment later gains nothing. Redirects are not followed. On one event loop.
 */
final class WebhookSender {

    /** Of an answer's body, which nobody reads. */
    private static final int MOST_BYTES = 64 << 10;

    private static final int LOOKUP_THREADS = 4;

    private final Vertx vertx;
    private final WebhookConfig config;
    private final Resolver resolver;
    private final InstantSource clock;
    private final HttpClient client;
    private final WorkerExecutor lookups;

    /** Looks names up; blocks. */
    interface Resolver {
        InetAddress[] addresses(String host) throws UnknownHostException;
    }

    /** Nobody's fault but the URL's. */
    private static final class Refusal extends RuntimeException {
        Refusal(String sentence) {
            super(sentence, null, false, false);
        }
    }

    /** @param options such as which certificates are trusted; time-outs and the like are set here */
    WebhookSender(
            Vertx vertx, WebhookConfig config, Resolver resolver, InstantSource clock, HttpClientOptions options) {
        this.vertx = vertx;
        this.config = config;
        this.resolver = resolver;
        this.clock = clock;
        this.client = vertx.createHttpClient(new HttpClientOptions(options)
                .setKeepAlive(false)
                .setDecompressionSupported(false)
                .setConnectTimeout((int) config.timeout().toMillis()));
        this.lookups = vertx.createSharedWorkerExecutor("darkroom-webhooks", LOOKUP_THREADS, 1, TimeUnit.MINUTES);
    }

    /** Sends {@code json}; never fails. */
    Future<Delivery> send(String url, String messageId, String json) {
        WebhookTarget target;
        try {
            target = WebhookTarget.parse(url);
        } catch (IllegalArgumentException malformed) {
            return Future.succeededFuture(Delivery.refused("The URL is not an address over HTTP."));
        }
        Exchange exchange = new Exchange();
        return lookups.executeBlocking(() -> address(target.host()), false)
                .compose(address -> exchange.post(target, address, messageId, Buffer.buffer(json)))
                .timeout(config.timeout().toMillis(), TimeUnit.MILLISECONDS)
                .map(Delivery::answered)
                .recover(failure -> {
                    exchange.abort();
                    return Future.succeededFuture(delivery(failure, target));
                });
    }

    private InetAddress address(String host) throws UnknownHostException {
        InetAddress[] all = resolver.addresses(host);
        Optional<InetAddress> allowed = Stream.of(all)
                .filter(address -> config.allowPrivateAddresses() || PublicInternet.holds(address))
                .findFirst();
        return allowed.orElseThrow(
                () -> new Refusal("%s is no address of the public internet; webhook.allow-private-addresses allows it."
                        .formatted(all.length == 0 ? host : all[0].getHostAddress())));
    }

    private Delivery delivery(Throwable failure, WebhookTarget target) {
        if (failure instanceof Refusal refusal) {
            return Delivery.refused(refusal.getMessage());
        }
        if (failure instanceof UnknownHostException) {
            return Delivery.unanswered("There is no host %s.".formatted(target.host()));
        }
        if (failure instanceof TimeoutException) {
            return Delivery.unanswered("The receiver did not answer within %d ms."
                    .formatted(config.timeout().toMillis()));
        }
        String reason = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
        return Delivery.unanswered("The receiver can't be reached: " + reason);
    }

    Future<Void> close() {
        return client.close().eventually(lookups::close);
    }

    /** One request on a connection of its own, which can be given up at any time. */
    private final class Exchange {
        private @Nullable HttpClientRequest request;
        private boolean over;

        Future<Integer> post(WebhookTarget target, InetAddress address, String messageId, Buffer body) {
            if (over) {
                return Future.failedFuture(new TimeoutException());
            }
            RequestOptions options = new RequestOptions()
                    .setMethod(HttpMethod.POST)
                    .setServer(SocketAddress.inetSocketAddress(target.port(), address.getHostAddress()))
                    .setHost(target.host())
                    .setPort(target.port())
                    .setSsl(target.secure())
                    .setURI(target.path())
                    .setFollowRedirects(false);
            headers(messageId, body).forEach(options::putHeader);
            return client.request(options).compose(opened -> {
                request = opened;
                // told by the futures as well
                opened.exceptionHandler(broken -> {});
                if (over) {
                    opened.reset();
                    return Future.failedFuture(new TimeoutException());
                }
                return opened.send(body).map(this::drain);
            });
        }

        private int drain(HttpClientResponse response) {
            long timer = vertx.setTimer(config.timeout().toMillis(), late -> abort());
            long[] bytes = new long[1];
            response.handler(part -> {
                bytes[0] += part.length();
                if (bytes[0] > MOST_BYTES) {
                    abort();
                }
            });
            response.exceptionHandler(broken -> vertx.cancelTimer(timer));
            response.endHandler(end -> vertx.cancelTimer(timer));
            return response.statusCode();
        }

        void abort() {
            over = true;
            HttpClientRequest opened = request;
            if (opened != null) {
                opened.reset();
            }
        }
    }

    private Map<String, String> headers(String messageId, Buffer body) {
        long seconds = clock.instant().getEpochSecond();
        Map<String, String> plain = Map.of(
                "Content-Type",
                "application/json",
                "User-Agent",
                "Darkroom",
                "webhook-id",
                messageId,
                "webhook-timestamp",
                Long.toString(seconds));
        if (!config.secret().signs()) {
            return plain;
        }
        Map<String, String> signed = new java.util.HashMap<>(plain);
        signed.put("webhook-signature", config.secret().signature(messageId, seconds, body.getBytes()));
        return signed;
    }
}
