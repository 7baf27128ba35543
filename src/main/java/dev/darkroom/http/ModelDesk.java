package dev.darkroom.http;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.ModelMessage;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Asks for models over the event bus. Safe from any thread. Since the catalogue is answered from memory, how long it
 * takes is how long the bus takes, there and back: {@code darkroom_bus_round_trip_seconds}.
 */
public final class ModelDesk {

    private static final DeliveryOptions LOCAL = new DeliveryOptions().setLocalOnly(true);

    private static final long RECENT_NANOS = 1_000_000_000;

    private final Vertx vertx;
    private final Timer roundTrip;
    private volatile @Nullable Known known;

    private record Known(ModelMessage.Catalogue catalogue, long nanoTime) {}

    ModelDesk(Vertx vertx, MeterRegistry registry) {
        this.vertx = vertx;
        roundTrip = Timer.builder("darkroom.bus.round.trip")
                .description("From a question on the event bus that is answered from memory to its answer")
                .publishPercentiles(0.5, 0.99)
                .distributionStatisticExpiry(Duration.ofMinutes(2))
                .register(registry);
    }

    /** Returns what the node knows of its models. */
    public Future<ModelMessage.Catalogue> catalogue() {
        Timer.Sample sample = Timer.start();
        return ask(new ModelMessage.ListModels()).onSuccess(catalogue -> sample.stop(roundTrip));
    }

    /**
     * Returns what was known last, and asks anew behind the caller's back when that is older than a second: for what
     * must not wait for a busy machine to switch threads twice, and can ask {@link #catalogue()} before it refuses.
     */
    public Future<ModelMessage.Catalogue> recentCatalogue() {
        Known last = known;
        if (last == null) {
            return catalogue();
        }
        if (System.nanoTime() - last.nanoTime() > RECENT_NANOS) {
            known = new Known(last.catalogue(), System.nanoTime());
            catalogue();
        }
        return Future.succeededFuture(last.catalogue());
    }

    /** Reads the folder again first. */
    public Future<ModelMessage.Catalogue> rescan() {
        return ask(new ModelMessage.Rescan(false));
    }

    /** Reads the folder again first, and gives models that failed to load another chance. */
    public Future<ModelMessage.Catalogue> rescanAndRetry() {
        return ask(new ModelMessage.Rescan(true));
    }

    private Future<ModelMessage.Catalogue> ask(ModelMessage message) {
        return vertx.eventBus()
                .<ModelMessage.Catalogue>request(Addresses.MODELS, message, LOCAL)
                .map(Message::body)
                .onSuccess(catalogue -> known = new Known(catalogue, System.nanoTime()));
    }
}
