package dev.darkroom.trace;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.TraceParent;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapPropagator;
import io.vertx.core.eventbus.Message;
import io.vertx.core.spi.context.storage.ContextLocal;
import io.vertx.core.spi.observability.HttpRequest;
import io.vertx.core.spi.observability.HttpResponse;
import io.vertx.core.spi.tracing.TagExtractor;
import io.vertx.core.spi.tracing.VertxTracer;
import io.vertx.core.tracing.TracingPolicy;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes a span of each HTTP request that is served, and below it one of each question that it asks the store or the
 * models over the event bus, and of each SQL statement that this takes. The span under way stands in the Vert.x context
 * of its request or message. What is told, not asked, has none: a task's steps tell thousands. Safe from any thread.
 *
 * <p>Statements that several requests share stand in the trace of the one that was there first.
 */
final class NodeTracer implements VertxTracer<@Nullable Span, @Nullable Span> {

    private static final ContextLocal<Context> ACTIVE = ContextLocal.registerLocal(Context.class);

    private static final TextMapPropagator W3C = W3CTraceContextPropagator.getInstance();

    private final Tracer tracer;
    private final TextMapPropagator clients;

    /** @param clients how clients say what their requests belong to */
    NodeTracer(Tracer tracer, TextMapPropagator clients) {
        this.tracer = tracer;
        this.clients = clients;
    }

    @Override
    public <R> @Nullable Span receiveRequest(
            io.vertx.core.Context context,
            io.vertx.core.spi.tracing.SpanKind kind,
            TracingPolicy policy,
            R request,
            String operation,
            Iterable<Map.Entry<String, String>> headers,
            TagExtractor<R> tags) {
        if (policy != TracingPolicy.IGNORE && request instanceof HttpRequest http) {
            return served(context, http, headers);
        }
        return request instanceof Message<?> message ? asked(context, message, headers) : null;
    }

    private @Nullable Span served(
            io.vertx.core.Context context, HttpRequest request, Iterable<Map.Entry<String, String>> headers) {
        String path = Routes.path(request.uri());
        if (Routes.isProbe(path)) {
            return null;
        }
        String method = request.method().name();
        String route = Routes.of(path);
        SpanBuilder builder = tracer.spanBuilder(route == null ? method : method + " " + route)
                .setSpanKind(SpanKind.SERVER)
                .setParent(clients.extract(Context.root(), headers, Headers.GETTER))
                .setAttribute("http.request.method", method)
                .setAttribute("url.path", path);
        if (route != null) {
            builder.setAttribute("http.route", route);
        }
        return begun(context, builder);
    }

    private @Nullable Span asked(
            io.vertx.core.Context context, Message<?> message, Iterable<Map.Entry<String, String>> headers) {
        if (TraceParent.of(message) == null) {
            return null;
        }
        String room = message.address().equals(Addresses.STORE) ? "store " : "models ";
        return begun(
                context,
                tracer.spanBuilder(room + message.body().getClass().getSimpleName())
                        .setParent(W3C.extract(Context.root(), headers, Headers.GETTER)));
    }

    private static Span begun(io.vertx.core.Context context, SpanBuilder builder) {
        Span span = builder.startSpan();
        ACTIVE.put(context, Context.root().with(span));
        return span;
    }

    @Override
    public <R> void sendResponse(
            io.vertx.core.Context context,
            R response,
            @Nullable Span span,
            @Nullable Throwable failure,
            TagExtractor<R> tags) {
        if (span == null) {
            return;
        }
        if (response instanceof HttpResponse http) {
            span.setAttribute("http.response.status_code", http.statusCode());
            if (http.statusCode() >= 500) {
                span.setStatus(StatusCode.ERROR);
            }
        }
        ended(span, failure);
    }

    @Override
    public <R> @Nullable Span sendRequest(
            io.vertx.core.Context context,
            io.vertx.core.spi.tracing.SpanKind kind,
            TracingPolicy policy,
            R request,
            String operation,
            BiConsumer<String, String> headers,
            TagExtractor<R> tags) {
        Context active = ACTIVE.get(context);
        if (active == null || policy == TracingPolicy.IGNORE || hasEnded(Span.fromContext(active))) {
            return null;
        }
        if (request instanceof Message<?> message) {
            if (message.address().equals(Addresses.STORE) || message.address().equals(Addresses.MODELS)) {
                // whoever is asked makes the span
                W3C.inject(active, headers, Headers.SETTER);
            }
            return null;
        }
        boolean http = request instanceof HttpRequest;
        SpanBuilder builder = tracer.spanBuilder(http ? operation : "postgresql")
                .setSpanKind(SpanKind.CLIENT)
                .setParent(active)
                .setAttribute(http ? "http.request.method" : "db.system.name", http ? operation : "postgresql");
        Span span = builder.startSpan();
        if (http) {
            clients.inject(active.with(span), headers, Headers.SETTER);
        }
        return span;
    }

    /** Timers that a request has set keep its context for ever; what they do is not the request's. */
    private static boolean hasEnded(Span span) {
        return span.getSpanContext().isSampled() && !span.isRecording();
    }

    @Override
    public <R> void receiveResponse(
            io.vertx.core.Context context,
            @Nullable R response,
            @Nullable Span span,
            @Nullable Throwable failure,
            TagExtractor<R> tags) {
        if (span != null) {
            ended(span, failure);
        }
    }

    private static void ended(Span span, @Nullable Throwable failure) {
        if (failure != null) {
            // not its message, which may hold what a client sent
            span.setAttribute("error.type", failure.getClass().getName());
            span.setStatus(StatusCode.ERROR);
        }
        span.end();
    }
}
