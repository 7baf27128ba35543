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

/**
 * Asks for models over the event bus. Safe from any thread. Since the catalogue is answered from memory, how long it
 * takes is how long the bus takes, there and back: {@code darkroom_bus_round_trip_seconds}.
 */
public final class ModelDesk {

    private static final DeliveryOptions LOCAL = new DeliveryOptions().setLocalOnly(true);

    private final Vertx vertx;
    private final Timer roundTrip;

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
                .map(Message::body);
    }
}
