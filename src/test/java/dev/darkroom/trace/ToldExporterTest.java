package dev.darkroom.trace;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.net.ConnectException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What the log says of a collector that is away. */
final class ToldExporterTest {

    private final AtomicLong clock = new AtomicLong(5);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(ToldExporter.class);
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

    @BeforeEach
    void listen() {
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void leave() {
        logger.detachAppender(log);
    }

    private List<String> lines() {
        return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    private void export() {
        exporter.export(List.of());
    }

    @Test
    void aCollectorThatIsAwayIsToldOfNowAndThenAndWhenItIsBack() {
        export();
        assertThat(lines()).isEmpty();

        next = CompletableResultCode.ofExceptionalFailure(new RuntimeException(new ConnectException("nobody there")));
        export();
        export();
        clock.addAndGet(Duration.ofMinutes(9).toNanos());
        export();
        assertThat(lines()).singleElement().asString().endsWith("nobody there");

        clock.addAndGet(Duration.ofMinutes(1).toNanos());
        export();
        assertThat(lines()).hasSize(2);

        next = CompletableResultCode.ofSuccess();
        export();
        export();
        assertThat(lines()).hasSize(3).last().asString().startsWith("Traces can be sent again");
    }
}
