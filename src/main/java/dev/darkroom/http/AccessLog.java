package dev.darkroom.http;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.Duration;
import ch.qos.logback.core.util.FileSize;
import dev.darkroom.task.TaskId;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/**
 * Writes a line of JSON for each request once it is answered or its client has left: when, who, what, how it went, and
 * which task it was about. What stands in a query is never written, and prompts only where that is asked for. Lines are
 * written a moment later on a thread of their own; if it can't follow, lines are lost rather than requests delayed. Safe
 * from any thread.
 */
public final class AccessLog implements AutoCloseable {

    /** Under which an exchange keeps its prompt for this log. */
    private static final String PROMPT = "darkroom.prompt";

    /** Names the task that an answer is about. */
    private static final String TASK_HEADER = "X-Task-Id";

    /** Names the task that a route is about. */
    private static final String TASK_PARAMETER = "task_id";

    private final boolean prompts;
    private final Clock clock;
    private final LoggerContext context = new LoggerContext();
    private final @Nullable LineBatches lines;

    private AccessLog(AccessLogConfig config, Path home, Clock clock) throws IOException {
        this.prompts = config.prompts();
        this.clock = clock;
        this.lines = config.isUsed() ? lines(config, home) : null;
    }

    /**
     * Opens the log.
     *
     * @param home what a relative file is relative to
     * @throws IOException if the file's folder can't be made or the file not be written
     */
    public static AccessLog open(AccessLogConfig config, Path home, Clock clock) throws IOException {
        return new AccessLog(config, home, clock);
    }

    /** Returns a log that notes nothing. */
    static AccessLog none(Clock clock) {
        try {
            return new AccessLog(AccessLogConfig.NONE, Path.of(""), clock);
        } catch (IOException nothingIsOpened) {
            throw new IllegalStateException(nothingIsOpened);
        }
    }

    private LineBatches lines(AccessLogConfig config, Path home) throws IOException {
        // a context that is made by hand has none, and then an event that asks for it fails
        context.setMDCAdapter(new LogbackMDCAdapter());
        PatternLayoutEncoder text = new PatternLayoutEncoder();
        text.setContext(context);
        text.setCharset(StandardCharsets.UTF_8);
        text.setPattern("%msg");
        text.start();
        OutputStreamAppender<ILoggingEvent> target =
                config.to().equals("stdout") ? new ConsoleAppender<>() : file(config, home.resolve(config.to()));
        target.setContext(context);
        target.setEncoder(text);
        target.start();
        Logger logger = context.getLogger("access");
        logger.setLevel(Level.INFO);
        logger.addAppender(target);
        return new LineBatches(logger::info);
    }

    private RollingFileAppender<ILoggingEvent> file(AccessLogConfig config, Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        Files.createDirectories(folder);
        if (!Files.isWritable(Files.exists(file) ? file : folder)) {
            throw new IOException("access-log.to: %s can't be written".formatted(file));
        }
        RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
        appender.setContext(context);
        appender.setFile(file.toString());
        FixedWindowRollingPolicy window = new FixedWindowRollingPolicy();
        window.setContext(context);
        window.setParent(appender);
        window.setFileNamePattern(file.toString().replace("%", "\\%") + ".%i");
        window.setMinIndex(1);
        window.setMaxIndex(config.files());
        window.start();
        SizeBasedTriggeringPolicy<ILoggingEvent> size = new SizeBasedTriggeringPolicy<>();
        size.setContext(context);
        size.setMaxFileSize(new FileSize(config.maxSize()));
        // a minute by default, in which much may be written
        size.setCheckIncrement(Duration.buildByMilliseconds(0));
        size.start();
        appender.setRollingPolicy(window);
        appender.setTriggeringPolicy(size);
        return appender;
    }

    /**
     * Has each request of {@code router} noted; to be attached before anything that answers. It is the first to set the
     * response's handlers, so that who sets the one for a client that left keeps it.
     */
    void attach(Router router) {
        LineBatches open = lines;
        if (open == null) {
            return;
        }
        router.route().handler(exchange -> {
            long begin = System.nanoTime();
            exchange.addEndHandler(ended -> open.add(line(exchange, begin)));
            exchange.next();
        });
    }

    /** Remembers the prompt that an exchange is about. */
    public static void prompt(RoutingContext exchange, String prompt) {
        exchange.put(PROMPT, prompt);
    }

    /** Returns how many requests have no line since lines could not be written fast enough. */
    long lost() {
        return lines == null ? 0 : lines.lost();
    }

    private AccessLine line(RoutingContext exchange, long begin) {
        HttpServerRequest request = exchange.request();
        HttpServerResponse response = request.response();
        SocketAddress client = request.remoteAddress();
        return new AccessLine(
                clock.millis(),
                client == null ? null : client.hostAddress(),
                ApiKeyGuard.owner(exchange),
                request.method().name(),
                request.path(),
                response.getStatusCode(),
                (System.nanoTime() - begin) / 1_000_000,
                response.bytesWritten(),
                !response.ended() || response.closed(),
                task(exchange),
                prompts ? exchange.get(PROMPT) : null);
    }

    private static @Nullable String task(RoutingContext exchange) {
        String named = exchange.response().headers().get(TASK_HEADER);
        String inPath = named == null ? exchange.pathParam(TASK_PARAMETER) : null;
        return inPath == null ? named : TaskId.parse(inPath).map(TaskId::hex).orElse(null);
    }

    /** Writes what is left; blocks for that. */
    @Override
    public void close() {
        if (lines != null) {
            lines.close();
        }
        context.stop();
    }
}
