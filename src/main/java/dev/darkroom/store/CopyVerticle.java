package dev.darkroom.store;

import dev.darkroom.output.KeptCopies;
import dev.darkroom.output.ObjectStorage;
import dev.darkroom.output.PeerClient;
import dev.darkroom.output.SharedOutputs;
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

/**
 * Runs {@link Neighbours} every few seconds, and a {@link CopyKeeper} as often and whenever there may be something to
 * copy: on threads of their own, so that a node that copies for long still tells that it lives. One instance.
 */
public final class CopyVerticle extends VerticleBase implements SharedOutputs.Copier {

    private static final Logger LOG = LoggerFactory.getLogger(CopyVerticle.class);

    private static final int LAST_PICTURE_SECONDS = 2;

    private final PictureTable table;
    private final Neighbours neighbours;
    private final CopyKeeper keeper;
    private final @Nullable FirstCopies firstCopies;
    private final @Nullable ObjectStorage storage;
    private final MeterRegistry registry;
    private @Nullable WorkerExecutor beatThread;
    private @Nullable WorkerExecutor copyThread;
    private boolean joined;
    private boolean beating;
    private boolean working;
    private boolean again;
    private boolean failing;
    private boolean stopping;
    private Future<?> round = Future.succeededFuture();

    /**
     * @param table closed when this verticle stops
     * @param peers null if there are no other nodes
     * @param storage null if there is none; closed when this verticle stops
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
        this.neighbours = new Neighbours(table.places(), folder, url, config.lostAfter());
        this.keeper = new CopyKeeper(table, folder, peers, storage, neighbours::others);
        this.firstCopies = peers == null || storage != null
                ? null
                : new FirstCopies(table, folder, peers, neighbours, FirstCopies.PATIENCE);
        this.storage = storage;
        this.registry = registry;
    }

    @Override
    public Future<?> start() {
        beatThread = thread("places");
        copyThread = thread("copies");
        Gauge.builder("darkroom.images.uncopied", keeper, CopyKeeper::uncopied)
                .description("Finished images that are on this node alone")
                .register(registry);
        FunctionCounter.builder("darkroom.images.copied", this, CopyVerticle::copies)
                .description("Images of this node that were copied to another one or to object storage")
                .register(registry);
        table.onKept(() -> context.runOnContext(now -> work()));
        vertx.setPeriodic(0, Neighbours.BEAT.toMillis(), timer -> beat());
        return Future.succeededFuture();
    }

    private long copies() {
        return keeper.copies() + (firstCopies == null ? 0 : firstCopies.copies());
    }

    @Override
    public void copyAtOnce(String path) {
        if (firstCopies != null) {
            firstCopies.copyAtOnce(path);
        }
    }

    private WorkerExecutor thread(String name) {
        return vertx.createSharedWorkerExecutor("darkroom-%s-%s".formatted(name, table.place()), 1, 1, TimeUnit.HOURS);
    }

    private void beat() {
        WorkerExecutor thread = beatThread;
        if (stopping || beating || thread == null) {
            return;
        }
        beating = true;
        thread.executeBlocking(
                        () -> {
                            neighbours.beat();
                            return null;
                        },
                        false)
                .onComplete(done -> {
                    beating = false;
                    joined |= done.succeeded();
                    tell(done.cause());
                    work();
                });
    }

    private void work() {
        WorkerExecutor thread = copyThread;
        if (stopping || !joined || thread == null) {
            return;
        }
        if (working) {
            again = true;
            return;
        }
        working = true;
        round = thread.executeBlocking(
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

    /** The picture that is under way has a moment, and is then cut off: the next start finds what is left to do. */
    @Override
    public Future<?> stop() {
        stopping = true;
        keeper.stop();
        return round.timeout(LAST_PICTURE_SECONDS, TimeUnit.SECONDS)
                .transform(ended -> close(copyThread))
                .transform(closed -> close(beatThread))
                .transform(closed -> table.close())
                .transform(closed -> storage == null
                        ? Future.succeededFuture()
                        : vertx.executeBlocking(
                                () -> {
                                    storage.close();
                                    return null;
                                },
                                false));
    }

    private static Future<?> close(@Nullable WorkerExecutor thread) {
        return thread == null ? Future.succeededFuture() : thread.close();
    }
}
