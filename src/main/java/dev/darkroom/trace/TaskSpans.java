package dev.darkroom.trace;

import dev.darkroom.bus.StoreMessage.ClaimedTask;
import dev.darkroom.bus.TraceParent;
import dev.darkroom.task.TaskRequest;
import dev.darkroom.worker.TaskTrace;
import dev.darkroom.worker.TaskTracing;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import java.util.List;
import java.util.Map;

/** Makes a span of each attempt at a task, below that of the request that submitted it, whichever node served that. */
final class TaskSpans implements TaskTracing {

    private final Tracer tracer;
    private final boolean prompts;

    /** @param prompts whether spans have prompts */
    TaskSpans(Tracer tracer, boolean prompts) {
        this.tracer = tracer;
        this.prompts = prompts;
    }

    @Override
    public TaskTrace claimed(ClaimedTask claim, TaskRequest request) {
        SpanTime time = SpanTime.now();
        SpanBuilder builder = tracer.spanBuilder("task")
                .setSpanKind(SpanKind.CONSUMER)
                .setStartTimestamp(time.begun())
                .setParent(parent(claim))
                .setAttribute("darkroom.task.id", claim.taskId().hex())
                .setAttribute("darkroom.task.attempt", claim.attempt())
                .setAttribute("darkroom.task.priority", claim.priority())
                .setAttribute("darkroom.task.images", request.imageNumber())
                .setAttribute("darkroom.model", claim.model());
        if (!claim.owner().isEmpty()) {
            builder.setAttribute("darkroom.task.owner", claim.owner());
        }
        if (prompts) {
            builder.setAttribute("darkroom.prompt", request.prompt());
        }
        Span span = builder.startSpan();
        return span.isRecording() ? new TaskSpan(tracer, span, time) : TaskTrace.NONE;
    }

    private static Context parent(ClaimedTask claim) {
        String parent = claim.traceParent();
        return parent == null
                ? Context.root()
                : W3CTraceContextPropagator.getInstance()
                        .extract(Context.root(), List.of(Map.entry(TraceParent.HEADER, parent)), Headers.GETTER);
    }
}
