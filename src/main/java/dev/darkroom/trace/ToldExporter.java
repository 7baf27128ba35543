package dev.darkroom.trace;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.Collection;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells in the server's log that spans can't be sent: at first, every ten minutes as long as it lasts, and its end. */
final class ToldExporter implements SpanExporter {

    private static final Logger LOG = LoggerFactory.getLogger(ToldExporter.class);
    private static final long APART_NANOS = Duration.ofMinutes(10).toNanos();

    private final SpanExporter exporter;
    private final LongSupplier nanoTime;
    private boolean failing;
    private long toldAt;
    private long lost;

    /** @param nanoTime such as {@link System#nanoTime} */
    ToldExporter(SpanExporter exporter, LongSupplier nanoTime) {
        this.exporter = exporter;
        this.nanoTime = nanoTime;
    }

    @Override
    public CompletableResultCode export(Collection<SpanData> spans) {
        int number = spans.size();
        CompletableResultCode result = exporter.export(spans);
        return result.whenComplete(() -> {
            if (result.isSuccess()) {
                succeeded();
            } else {
                failed(number, result.getFailureThrowable());
            }
        });
    }

    private synchronized void succeeded() {
        if (failing) {
            failing = false;
            LOG.info("Traces can be sent again; {} spans are lost", lost);
            lost = 0;
        }
    }

    private synchronized void failed(int spans, @Nullable Throwable why) {
        lost += spans;
        long now = nanoTime.getAsLong();
        if (!failing || now - toldAt >= APART_NANOS) {
            failing = true;
            toldAt = now;
            LOG.warn("Traces can't be sent; {} spans are lost so far: {}", lost, reason(why));
        }
    }

    private static String reason(@Nullable Throwable why) {
        Throwable root = why;
        while (root != null && root.getCause() != null) {
            root = root.getCause();
        }
        if (root == null) {
            return "the collector refused them";
        }
        String message = root.getMessage();
        return message == null ? root.getClass().getSimpleName() : message;
    }

    @Override
    public CompletableResultCode flush() {
        return exporter.flush();
    }

    @Override
    public CompletableResultCode shutdown() {
        return exporter.shutdown();
    }

    @Override
    public String toString() {
        return exporter.toString();
    }
}
