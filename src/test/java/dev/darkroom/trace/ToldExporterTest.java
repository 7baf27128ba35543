package dev.darkroom.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.testing.RecordedLog;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.net.ConnectException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the log says of a collector that is away. */
final class ToldExporterTest {

    @RegisterExtension
    final RecordedLog log = new RecordedLog(ToldExporter.class);

    private final AtomicLong clock = new AtomicLong(5);
    private CompletableResultCode next = CompletableResultCode.ofSuccess();

    private final ToldExporter exporter = new ToldExporter(
            new SpanExporter() {
                @Override
                public CompletableResultCode export(Collection<SpanData> spans) {
                    return next;
                }

                @Override
                public CompletableResultCode flush() {
                    return CompletableResultCode.ofSuccess();
                }

                @Override
                public CompletableResultCode shutdown() {
                    return CompletableResultCode.ofSuccess();
                }
            },
            clock::get);

    private void export() {
        exporter.export(List.of());
    }

    @Test
    void aCollectorThatIsAwayIsToldOfNowAndThenAndWhenItIsBack() {
        export();
        assertThat(log.lines()).isEmpty();

        next = CompletableResultCode.ofExceptionalFailure(new RuntimeException(new ConnectException("nobody there")));
        export();
        export();
        clock.addAndGet(Duration.ofMinutes(9).toNanos());
        export();
        assertThat(log.lines()).singleElement().asString().endsWith("nobody there");

        clock.addAndGet(Duration.ofMinutes(1).toNanos());
        export();
        assertThat(log.lines()).hasSize(2);

        next = CompletableResultCode.ofSuccess();
        export();
        export();
        assertThat(log.lines()).hasSize(3).last().asString().startsWith("Traces can be sent again");
    }
}
