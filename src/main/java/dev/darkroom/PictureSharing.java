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
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a node has beside its own output folder when its pictures are shared; made only then. */
final class PictureSharing {

    private final SharingConfig config;
    private final OutputFolder folder;
    private final PictureTable table;
    private final @Nullable PeerClient peers;
    private final @Nullable ObjectStorage storage;
    private final CopyVerticle copying;

    private PictureSharing(
            SharingConfig config,
            OutputFolder folder,
            PictureTable table,
            @Nullable PeerClient peers,
            @Nullable ObjectStorage storage,
            CopyVerticle copying) {
        this.copying = copying;
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
        return vertx.executeBlocking(copies::place, false).compose(place -> {
            PictureTable table = new PictureTable(vertx, database, place);
            return signature(vertx, config, table).compose(signature -> {
                PeerClient peers = signature == null ? null : new PeerClient(signature);
                return listen(config, signature, copies, deploy)
                        .compose(url -> storage(vertx, config.storage()).compose(storage -> {
                            CopyVerticle copying =
                                    new CopyVerticle(table, copies, peers, storage, config, url, registry);
                            return deploy.apply(copying)
                                    .map(runs -> new PictureSharing(config, folder, table, peers, storage, copying));
                        }));
            });
        });
    }

    private static Future<@Nullable PeerSignature> signature(Vertx vertx, SharingConfig config, PictureTable table) {
        return config.enabled()
                ? vertx.executeBlocking(
                        () -> new PeerSignature(
                                config.secret().isEmpty() ? table.secret() : config.secret(), Clock.systemUTC()),
                        false)
                : Future.succeededFuture();
    }

    /** Returns where other nodes reach this one; empty where there are none. */
    private static Future<String> listen(
            SharingConfig config,
            @Nullable PeerSignature signature,
            KeptCopies copies,
            Function<Deployable, Future<?>> deploy) {
        if (signature == null) {
            return Future.succeededFuture("");
        }
        PeerVerticle listener = new PeerVerticle(config, signature, copies);
        return deploy.apply(listener).compose(listens -> listener.url());
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
        return new SharedOutputs(own, folder, config.cache(), table, peers, storage, copying);
    }
}
