package dev.darkroom.trace;

import dev.darkroom.diffusion.Row;
import dev.darkroom.worker.TaskTrace;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The span of an attempt at a task, and below it those of what was done for it. A model call that several tasks share is
 * a span in each of their traces, with the call's number in common.
 */
final class TaskSpan implements TaskTrace {

    private final Tracer tracer;
    private final Span span;
    private final Context context;
    private final SpanTime time;

    /** @param span begun at {@code time} */
    TaskSpan(Tracer tracer, Span span, SpanTime time) {
        this.tracer = tracer;
        this.span = span;
        this.context = Context.root().with(span);
        this.time = time;
    }

    @Override
    public void did(Part part, int image, long begun, @Nullable Throwable failure) {
        SpanBuilder builder = child(part.name().toLowerCase(Locale.ROOT), begun);
        if (part != Part.MODEL && part != Part.COMPLETE) {
            builder.setAttribute("darkroom.image", image);
        }
        end(builder.startSpan(), failure);
    }

    @Override
    public void stepped(ModelCall call, Row row, int step, @Nullable Throwable failure) {
        end(
                child("step", call.begun())
                        .setAttribute("darkroom.image", row.imageIndex())
                        .setAttribute("darkroom.step", step)
                        .setAttribute("darkroom.steps", row.sampler().steps())
                        .setAttribute("darkroom.model", call.model())
                        .setAttribute("darkroom.latent.height", row.latentHeight())
                        .setAttribute("darkroom.latent.width", row.latentWidth())
                        .setAttribute("darkroom.call.number", call.number())
                        .setAttribute("darkroom.call.images", call.images())
                        .setAttribute("darkroom.call.rows", call.rows())
                        .setAttribute("darkroom.call.model_seconds", call.modelNanos() / 1e9)
                        .startSpan(),
                failure);
    }

    @Override
    public void ended(String outcome, @Nullable String error) {
        span.setAttribute("darkroom.task.outcome", outcome);
        if (error != null) {
            span.setStatus(StatusCode.ERROR, error);
        }
        span.end(time.at(System.nanoTime()));
    }

    private SpanBuilder child(String name, long begun) {
        return tracer.spanBuilder(name).setParent(context).setStartTimestamp(time.at(begun));
    }

    private void end(Span child, @Nullable Throwable failure) {
        if (failure != null) {
            child.recordException(failure);
            child.setAttribute("error.type", failure.getClass().getName());
            child.setStatus(StatusCode.ERROR);
        }
        child.end(time.at(System.nanoTime()));
    }
}
