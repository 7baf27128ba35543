package dev.darkroom;

import dev.darkroom.bus.LoneClassPath;
import dev.darkroom.bus.MessageCodecs;
import dev.darkroom.trace.Tracing;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.micrometer.MetricsDomain;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import org.jspecify.annotations.Nullable;

/** Makes a node's Vert.x, alone or together with others, ready for all messages. */
final class NodeVertx {

    /** More would gain nothing: the models need the cores. */
    private static final int MOST_EVENT_LOOPS = 8;

    private NodeVertx() {}

    /**
     * Joining others takes some seconds; fails with a sentence if that can't be.
     *
     * @param tracing traces its requests; none if null
     */
    static Future<Vertx> open(ClusterConfig cluster, MeterRegistry registry, @Nullable Tracing tracing) {
        VertxOptions options = new VertxOptions()
                .setPreferNativeTransport(true)
                .setEventLoopPoolSize(eventLoops())
                .setMetricsOptions(new MicrometerMetricsOptions()
                        .setEnabled(true)
                        .setJvmMetricsEnabled(true)
                        // counted once per message, which costs more than the messages
                        .addDisabledMetricsCategory(MetricsDomain.EVENT_BUS));
        VertxBuilder builder = Vertx.builder().withMetrics(new MicrometerMetricsFactory(registry));
        if (tracing != null) {
            builder.withTracer(tracing.vertx());
        }
        Future<Vertx> made = cluster.enabled()
                ? builder.with(options.setEventBusOptions(ClusteredBus.options(cluster)))
                        .withClusterManager(ClusteredBus.manager(cluster))
                        .buildClustered()
                        .recover(failure -> Future.failedFuture(new IllegalStateException(
                                "this node can't join the others at %s:%d: %s"
                                        .formatted(cluster.host(), cluster.port(), failure.getMessage()),
                                failure)))
                : Future.succeededFuture(LoneClassPath.within(builder.with(options)::build));
        return made.map(vertx -> {
            MessageCodecs.register(vertx);
            return vertx;
        });
    }

    static int eventLoops() {
        return Math.max(2, Math.min(MOST_EVENT_LOOPS, Runtime.getRuntime().availableProcessors()));
    }
}
