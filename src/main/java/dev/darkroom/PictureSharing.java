package dev.darkroom;

import dev.darkroom.http.peer.PeerVerticle;
import dev.darkroom.output.KeptCopies;
import dev.darkroom.output.ObjectStorage;
import dev.darkroom.output.ObjectStorageConfig;
import dev.darkroom.output.OutputFolder;
import dev.darkroom.output.OutputStore;
import dev.darkroom.output.PeerClient;
import dev.darkroom.output.PeerSignature;
import dev.darkroom.output.PictureRegistry;
import dev.darkroom.output.SharedOutputs;
import dev.darkroom.output.SharingConfig;
import dev.darkroom.store.CopyVerticle;
import dev.darkroom.store.PictureTable;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import java.io.IOException;
import java.time.Clock;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a node has beside its own output folder when its pictures are shared; made only then. */
final class PictureSharing {

    private final SharingConfig config;
    private final OutputFolder folder;
    private final PictureTable table;
    private final @Nullable PeerClient peers;
    private final @Nullable ObjectStorage storage;

    private PictureSharing(
            SharingConfig config,
            OutputFolder folder,
            PictureTable table,
            @Nullable PeerClient peers,
            @Nullable ObjectStorage storage) {
        this.config = config;
        this.folder = folder;
        this.table = table;
        this.peers = peers;
        this.storage = storage;
    }

    /**
     * Begins to listen to other nodes and to copy pictures.
     *
     * @param deploy deploys a verticle, which is taken down with the server
     */
    static Future<PictureSharing> open(
            Vertx vertx,
            SharingConfig config,
            PgConnectOptions database,
            OutputFolder folder,
            MeterRegistry registry,
            Function<Deployable, Future<?>> deploy) {
        KeptCopies copies = new KeptCopies(folder);
        PeerSignature signature = config.enabled() ? new PeerSignature(config.secret(), Clock.systemUTC()) : null;
        return vertx.executeBlocking(copies::place, false).compose(place -> {
            PeerClient peers = signature == null ? null : new PeerClient(signature);
            Future<String> url = Future.succeededFuture("");
            if (signature != null) {
                PeerVerticle listener = new PeerVerticle(config, signature, copies);
                url = deploy.apply(listener).compose(listens -> listener.url());
            }
            return url.compose(own -> storage(vertx, config.storage())
                    .compose(storage -> copy(
                                    vertx, config, database, copies, place, peers, storage, own, registry, deploy)
                            .map(table -> new PictureSharing(config, folder, table, peers, storage))));
        });
    }

    private static Future<PictureTable> copy(
            Vertx vertx,
            SharingConfig config,
            PgConnectOptions database,
            KeptCopies copies,
            UUID place,
            @Nullable PeerClient peers,
            @Nullable ObjectStorage storage,
            String url,
            MeterRegistry registry,
            Function<Deployable, Future<?>> deploy) {
        PictureTable table = new PictureTable(vertx, database, place);
        return deploy.apply(new CopyVerticle(table, copies, peers, storage, config, url, registry))
                .map(table);
    }

    /** The client's classes are read from the disk for the first time. */
    private static Future<@Nullable ObjectStorage> storage(Vertx vertx, ObjectStorageConfig config) {
        return config.isUsed()
                ? vertx.executeBlocking(() -> ObjectStorage.open(config), false)
                : Future.succeededFuture();
    }

    /** Returns what this node's pictures are entered in. */
    PictureRegistry registry() {
        return table;
    }

    /** Returns all nodes' pictures. */
    OutputStore around(OutputStore own) throws IOException {
        return new SharedOutputs(own, folder, config.cache(), table, peers, storage);
    }
}
