package dev.darkroom.store;

import dev.darkroom.output.KeptCopies;
import dev.darkroom.output.ObjectStorage;
import dev.darkroom.output.PeerClient;
import dev.darkroom.output.SharingConfig;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.WorkerExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a {@link CopyKeeper}: every few seconds, and whenever there may be something to copy. One instance. */
public final class CopyVerticle extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(CopyVerticle.class);
    private static final long BEAT_MILLISECONDS = 5000;

    private final PictureTable table;
    private final CopyKeeper keeper;
    private final MeterRegistry registry;
    private @Nullable WorkerExecutor thread;
    private boolean working;
    private boolean again;
    private boolean failing;
    private boolean stopping;
    private Future<?> round = Future.succeededFuture();

    /**
     * @param table closed when this verticle stops
     * @param peers null if there are no other nodes
     * @param storage null if there is none
     * @param url where this node answers others; empty if it does not
     */
    public CopyVerticle(
            PictureTable table,
            KeptCopies folder,
            @Nullable PeerClient peers,
            @Nullable ObjectStorage storage,
            SharingConfig config,
            String url,
            MeterRegistry registry) {
        this.table = table;
        this.keeper = new CopyKeeper(table, folder, peers, storage, config.lostAfter(), url);
        this.registry = registry;
    }

    @Override
    public Future<?> start() {
        thread = vertx.createSharedWorkerExecutor("darkroom-copies-" + table.place(), 1, 1, TimeUnit.HOURS);
        Gauge.builder("darkroom.images.uncopied", keeper, CopyKeeper::uncopied)
                .description("Finished images that are on this node alone")
                .register(registry);
        FunctionCounter.builder("darkroom.images.copied", keeper, CopyKeeper::copies)
                .description("Images of this node that were copied to another one or to object storage")
                .register(registry);
        table.onKept(() -> context.runOnContext(now -> work()));
        vertx.setPeriodic(0, BEAT_MILLISECONDS, timer -> work());
        return Future.succeededFuture();
    }

    private void work() {
        if (stopping) {
            return;
        }
        if (working) {
            again = true;
            return;
        }
        working = true;
        WorkerExecutor worker = thread;
        if (worker == null) {
            return;
        }
        round = worker.executeBlocking(
                        () -> {
                            keeper.round();
                            return null;
                        },
                        false)
                .onComplete(done -> {
                    working = false;
                    tell(done.cause());
                    if (again) {
                        again = false;
                        work();
                    }
                });
    }

    private void tell(@Nullable Throwable failure) {
        if (failure == null) {
            failing = false;
        } else if (!failing && !stopping) {
            failing = true;
            LOG.warn("Images can't be shared now, and will be later: {}", failure.getMessage());
        }
    }

    @Override
    public Future<?> stop() {
        stopping = true;
        WorkerExecutor worker = thread;
        return round.transform(done -> worker == null ? Future.succeededFuture() : worker.close())
                .transform(closed -> table.close());
    }
}
