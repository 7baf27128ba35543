package dev.darkroom.worker;

import dev.darkroom.bus.EventHub;
import dev.darkroom.image.PreviewEncoder;
import dev.darkroom.image.RgbImage;
import dev.darkroom.task.Preview;
import dev.darkroom.task.TaskEvent;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a lane's events in order from a thread of its own, where it also makes the previews, so that neither waits for
 * the model call in flight.
 */
final class EventTeller implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EventTeller.class);

    /**
     * Previews that may wait; while more would, steps are told without. Each holds a copy of its latent, 256 KiB at
     * the size of SDXL: a model that is faster than its previews for a whole short task loses none.
     */
    private static final int MOST_WAITING = 64;

    private final EventHub hub;
    private final PreviewEncoder encoder = new PreviewEncoder();
    private final AtomicInteger waiting = new AtomicInteger();
    private final ExecutorService thread = Executors.newSingleThreadExecutor(job -> {
        Thread named = new Thread(job, "darkroom-events");
        named.setDaemon(true);
        return named;
    });

    EventTeller(EventHub hub) {
        this.hub = hub;
    }

    void tell(TaskEvent event) {
        thread.execute(() -> hub.tell(event));
    }

    /** Tells whether there is time for a preview now. */
    boolean keepsUp() {
        return waiting.get() < MOST_WAITING;
    }

    /** @param picture makes the preview's pixels, on the teller's thread */
    void tell(Supplier<RgbImage> picture, Function<@Nullable Preview, TaskEvent> event) {
        waiting.incrementAndGet();
        thread.execute(() -> {
            Preview preview = null;
            try {
                preview = encoder.encode(picture.get());
            } catch (RuntimeException broken) {
                LOG.warn("A preview can't be made", broken);
            } finally {
                waiting.decrementAndGet();
            }
            hub.tell(event.apply(preview));
        });
    }

    /** What was told before is told; waits a second at most. */
    @Override
    public void close() {
        thread.shutdown();
        try {
            thread.awaitTermination(1, TimeUnit.SECONDS);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }
}
