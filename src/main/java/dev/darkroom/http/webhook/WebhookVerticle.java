package dev.darkroom.http.webhook;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.StoreMessage.ClaimWebhooks;
import dev.darkroom.bus.StoreMessage.DueWebhook;
import dev.darkroom.bus.StoreMessage.DueWebhooks;
import dev.darkroom.bus.StoreMessage.SettleWebhook;
import dev.darkroom.bus.TaskNotice;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpClientOptions;
import java.net.InetAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends the outbox's webhooks. It looks when a task has ended or when the next attempt is due, and has a bounded number
 * under way, so that no receiver keeps the others waiting. Every node may run one: a webhook belongs to one at a time.
 * One instance, on an event loop.
 */
public final class WebhookVerticle extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(WebhookVerticle.class);
    private static final int MOST_PER_HOST = 4;
    private static final long ENDED_APART_MILLIS = 20;

    /** What is due but another node's is not asked for in a loop. */
    private static final long SHORTEST_SLEEP_MILLIS = 50;

    private static final long LONGEST_SLEEP_MILLIS = 60_000;
    private static final long STORE_AWAY_MILLIS = 2_000;

    private final WebhookConfig config;
    private final WebhookBody body;
    private final MeterRegistry metrics;
    private final WebhookSender.Resolver resolver;
    private final HttpClientOptions clientOptions;
    private final DoubleSupplier random;
    private final Map<String, Integer> busy = new HashMap<>();
    private @Nullable WebhookSender sender;
    private int underWay;
    private boolean looking;
    private boolean again;
    private boolean stopped;
    private long timer = -1;
    private long timerFires;

    /** @param random numbers from 0 to 1, which spread attempts */
    public WebhookVerticle(WebhookConfig config, WebhookBody body, MeterRegistry metrics, DoubleSupplier random) {
        this(config, body, metrics, random, InetAddress::getAllByName, new HttpClientOptions());
    }

    WebhookVerticle(
            WebhookConfig config,
            WebhookBody body,
            MeterRegistry metrics,
            DoubleSupplier random,
            WebhookSender.Resolver resolver,
            HttpClientOptions clientOptions) {
        this.config = config;
        this.body = body;
        this.metrics = metrics;
        this.random = random;
        this.resolver = resolver;
        this.clientOptions = clientOptions;
    }

    @Override
    public Future<?> start() {
        sender = new WebhookSender(vertx, config, resolver, InstantSource.system(), clientOptions);
        look();
        return vertx.eventBus()
                .<TaskNotice>consumer(Addresses.TASKS, notice -> {
                    if (notice.body() instanceof TaskNotice.Ended) {
                        // several ends share a look
                        lookWithin(ENDED_APART_MILLIS);
                    }
                })
                .completion();
    }

    @Override
    public Future<?> stop() {
        stopped = true;
        return sender == null ? Future.succeededFuture() : sender.close();
    }

    private void lookWithin(long millis) {
        long fires = System.nanoTime() / 1_000_000 + millis;
        if (timer >= 0) {
            if (timerFires <= fires) {
                return;
            }
            vertx.cancelTimer(timer);
        }
        timerFires = fires;
        timer = vertx.setTimer(Math.max(1, millis), now -> {
            timer = -1;
            look();
        });
    }

    private void look() {
        int free = config.concurrency() - underWay;
        if (stopped || free <= 0) {
            // the next one that is done looks again
            return;
        }
        if (looking) {
            again = true;
            return;
        }
        looking = true;
        again = false;
        List<String> full = busy.entrySet().stream()
                .filter(host -> host.getValue() >= MOST_PER_HOST)
                .map(Map.Entry::getKey)
                .toList();
        Duration lease = config.timeout().multipliedBy(2).plusSeconds(30);
        vertx.eventBus()
                .<DueWebhooks>request(Addresses.STORE, new ClaimWebhooks(free, MOST_PER_HOST, full, lease))
                .onComplete(reply -> {
                    looking = false;
                    if (reply.failed()) {
                        LOG.debug("The outbox can't be read now", reply.cause());
                        lookWithin(STORE_AWAY_MILLIS);
                        return;
                    }
                    DueWebhooks found = reply.result().body();
                    found.due().forEach(this::send);
                    if (again) {
                        look();
                    } else if (found.nextMillis() >= 0) {
                        // what is due already waits for a place, which calls when it is free
                        boolean waits = found.nextMillis() == 0 && underWay > 0;
                        long sleep = waits ? LONGEST_SLEEP_MILLIS : found.nextMillis();
                        lookWithin(Math.max(SHORTEST_SLEEP_MILLIS, Math.min(LONGEST_SLEEP_MILLIS, sleep)));
                    }
                });
    }

    private void send(DueWebhook due) {
        underWay++;
        busy.merge(due.host(), 1, Integer::sum);
        attempt(due).compose(delivery -> settle(due, delivery)).onComplete(settled -> {
            underWay--;
            busy.computeIfPresent(due.host(), (host, count) -> count == 1 ? null : count - 1);
            look();
        });
    }

    private Future<Delivery> attempt(DueWebhook due) {
        String json;
        try {
            json = body.of(due.row(), due.baseUrl());
        } catch (RuntimeException damaged) {
            LOG.error("The record of task {} can't be written", due.row().taskId(), damaged);
            return Future.succeededFuture(Delivery.refused("The record can't be written."));
        }
        if (config.doubleEncoded()) {
            json = '"' + new String(JsonStringEncoder.getInstance().quoteAsString(json)) + '"';
        }
        return Objects.requireNonNull(sender).send(due.url(), "msg_" + due.row().taskId(), json);
    }

    private Future<?> settle(DueWebhook due, Delivery delivery) {
        Duration retryIn = delivery.delivered() || !delivery.again() ? null : pause(due.attempt());
        metrics.counter("darkroom.webhooks", "outcome", delivery.delivered() ? "delivered" : "refused")
                .increment();
        if (!delivery.delivered()) {
            LOG.warn(
                    "The webhook of task {} was not delivered, attempt {}: {} {}",
                    due.row().taskId(),
                    due.attempt(),
                    delivery.error(),
                    retryIn == null ? "It is given up." : "Next try in " + retryIn.toSeconds() + " s.");
        }
        return vertx.eventBus()
                .request(
                        Addresses.STORE,
                        new SettleWebhook(
                                due.row().id(),
                                due.attempt(),
                                delivery.delivered(),
                                retryIn,
                                delivery.status(),
                                delivery.error()))
                // then the lease lapses, and it is tried once more: at least once is what is promised
                .onFailure(failure -> LOG.warn("A webhook's outcome can't be noted: {}", failure.getMessage()))
                .otherwiseEmpty();
    }

    /** Returns the pause after attempt {@code attempt}, a fifth more or less, or null if that was the last. */
    private @Nullable Duration pause(int attempt) {
        if (attempt > config.retries().size()) {
            return null;
        }
        double spread = 0.8 + 0.4 * random.getAsDouble();
        return Duration.ofMillis(Math.round(config.retries().get(attempt - 1).toMillis() * spread));
    }
}
