package dev.darkroom.trace;

import dev.darkroom.worker.TaskTracing;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.resources.Resource;
import io.vertx.core.spi.VertxTracerFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * A node's traces: OpenTelemetry's SDK, set up by {@code tracing.*} and by the {@code OTEL_*} variables, which win. Spans
 * wait in a bounded queue for a thread that sends them; what does not fit is dropped, and nobody ever waits. The only
 * class of this room that others may use, so that OpenTelemetry is loaded where a node traces and nowhere else.
 */
public final class Tracing implements AutoCloseable {

    private static final String NAME = "dev.darkroom";

    /** Of the last spans' way out, when the node stops. */
    private static final long PATIENCE_SECONDS = 2;

    private final OpenTelemetrySdk sdk;
    private final NodeTracer node;
    private final TaskTracing tasks;

    private Tracing(OpenTelemetrySdk sdk, boolean prompts) {
        this.sdk = sdk;
        Tracer tracer = ((OpenTelemetry) sdk).getTracer(NAME);
        node = new NodeTracer(tracer, sdk.getPropagators().getTextMapPropagator());
        tasks = new TaskSpans(tracer, prompts);
    }

    /**
     * Begins to trace; nothing is sent yet, and the collector need not be there.
     *
     * @param id the node's
     * @throws RuntimeException with a sentence if an {@code OTEL_*} variable has a value that OpenTelemetry refuses
     */
    public static Tracing open(TracingConfig config, UUID id) {
        OpenTelemetrySdk sdk = AutoConfiguredOpenTelemetrySdk.builder()
                .disableShutdownHook()
                .addPropertiesSupplier(() -> properties(config))
                .addResourceCustomizer((resource, ignored) ->
                        // what OTEL_RESOURCE_ATTRIBUTES says wins
                        Resource.builder()
                                .put("service.instance.id", id.toString())
                                .put("service.version", version())
                                .build()
                                .merge(resource))
                .addSpanExporterCustomizer((exporter, ignored) -> new ToldExporter(exporter, System::nanoTime))
                .build()
                .getOpenTelemetrySdk();
        // it would tell on standard error what is told in the server's log
        Logger.getLogger("io.opentelemetry.exporter").setLevel(Level.OFF);
        return new Tracing(sdk, config.prompts());
    }

    private static Map<String, String> properties(TracingConfig config) {
        Map<String, String> properties = new HashMap<>();
        properties.put("otel.service.name", config.serviceName());
        properties.put("otel.traces.sampler", "parentbased_traceidratio");
        properties.put("otel.traces.sampler.arg", Double.toString(config.sampling()));
        properties.put("otel.exporter.otlp.endpoint", config.endpoint());
        properties.put("otel.exporter.otlp.protocol", "http/protobuf");
        // a task of 32 images and 60 steps has some 2,000 spans
        properties.put("otel.bsp.max.queue.size", "8192");
        properties.put("otel.metrics.exporter", "none");
        properties.put("otel.logs.exporter", "none");
        return properties;
    }

    private static String version() {
        String version = Tracing.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    /** Returns what makes Vert.x trace requests, what they ask over the event bus, and statements of SQL. */
    public VertxTracerFactory vertx() {
        return options -> node;
    }

    /** Returns what a sampler tells of its tasks. */
    public TaskTracing tasks() {
        return tasks;
    }

    /** Sends what is left, for a moment. Blocks. */
    @Override
    public void close() {
        sdk.shutdown().join(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
}
