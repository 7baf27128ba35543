package dev.darkroom;

import dev.darkroom.image.ImageEncoder;
import dev.darkroom.output.FileOutputStore;
import dev.darkroom.output.OutputFolder;
import dev.darkroom.output.OutputStore;
import dev.darkroom.output.PictureRegistry;
import dev.darkroom.store.RetentionVerticle;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.ZoneId;
import java.util.function.Function;

/** Assembles where pictures are kept: in this node's folder alone, or shared, and for how long. */
final class Outputs {

    private Outputs() {}

    /**
     * Opens the store; what is not configured is not made.
     *
     * @param deploy deploys a verticle, which is taken down with the server
     */
    static Future<OutputStore> open(
            Vertx vertx,
            Configuration configuration,
            PgConnectOptions database,
            OutputFolder folder,
            MeterRegistry registry,
            Function<Deployable, Future<?>> deploy) {
        Future<OutputStore> outputs = configuration.sharing().isUsed()
                ? PictureSharing.open(vertx, configuration.sharing(), database, folder, registry, deploy)
                        .compose(sharing ->
                                vertx.executeBlocking(() -> sharing.around(own(folder, sharing.registry())), false))
                : Future.succeededFuture(own(folder, PictureRegistry.NONE));
        return configuration.retention().isUsed()
                ? outputs.compose(
                        pictures -> deploy.apply(new RetentionVerticle(configuration.retention(), database, pictures))
                                .map(pictures))
                : outputs;
    }

    private static OutputStore own(OutputFolder folder, PictureRegistry pictures) {
        return new FileOutputStore(
                folder, new ImageEncoder(), Clock.systemUTC(), ZoneId.systemDefault(), new SecureRandom(), pictures);
    }
}
