package dev.darkroom.http;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.FileSize;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Writes a line of JSON for each request once it is answered or its client has left: when, who, what, how it went, and
 * which task it was about. What stands in a query is never written, and prompts only where that is asked for. Lines are
 * written on a thread of their own; if it can't follow, lines are lost rather than requests delayed. Safe from any
 * thread.
 */
public final class AccessLog implements AutoCloseable {

    /** Under which an exchange keeps its prompt for this log. */
    private static final String PROMPT = "darkroom.prompt";

    /** Names the task that an answer is about. */
    private static final String TASK_HEADER = "X-Task-Id";

    private static final Pattern TASK_IN_PATH = Pattern.compile("(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])");
    private static final int LINES = 8192;

    private final boolean prompts;
    private final Clock clock;
    private final LoggerContext context = new LoggerContext();
    private final @Nullable Logger log;

    private AccessLog(AccessLogConfig config, Path home, Clock clock) throws IOException {
        this.prompts = config.prompts();
        this.clock = clock;
        this.log = config.isUsed() ? logger(config, home) : null;
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

    private Logger logger(AccessLogConfig config, Path home) throws IOException {
        PatternLayoutEncoder line = new PatternLayoutEncoder();
        line.setContext(context);
        line.setPattern("%msg%n");
        line.start();
        OutputStreamAppender<ILoggingEvent> target =
                config.to().equals("stdout") ? new ConsoleAppender<>() : file(config, home.resolve(config.to()));
        target.setContext(context);
        target.setEncoder(line);
        target.start();
        AsyncAppender later = new AsyncAppender();
        later.setContext(context);
        later.setQueueSize(LINES);
        later.setDiscardingThreshold(0);
        later.setNeverBlock(true);
        later.addAppender(target);
        later.start();
        Logger logger = context.getLogger("access");
        logger.setLevel(Level.INFO);
        logger.addAppender(later);
        return logger;
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
        window.setMaxIndex(Math.min(config.files(), 20));
        window.start();
        SizeBasedTriggeringPolicy<ILoggingEvent> size = new SizeBasedTriggeringPolicy<>();
        size.setContext(context);
        size.setMaxFileSize(new FileSize(config.maxSize()));
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
        router.route().handler(exchange -> {
            long begin = System.nanoTime();
            exchange.addEndHandler(ended -> note(exchange, begin));
            exchange.next();
        });
    }

    /** Remembers the prompt that an exchange is about. */
    public static void prompt(RoutingContext exchange, String prompt) {
        exchange.put(PROMPT, prompt);
    }

    private void note(RoutingContext exchange, long begin) {
        Logger logger = log;
        if (logger == null) {
            return;
        }
        HttpServerRequest request = exchange.request();
        JsonObject line = new JsonObject()
                .put("time", clock.instant().toString())
                .put(
                        "client",
                        request.remoteAddress() == null
                                ? null
                                : request.remoteAddress().hostAddress())
                .put("key", ApiKeyGuard.owner(exchange))
                .put("method", request.method().name())
                .put("path", request.path())
                .put("status", request.response().getStatusCode())
                .put("ms", (System.nanoTime() - begin) / 1_000_000)
                .put("bytes", request.response().bytesWritten());
        if (!request.response().ended()) {
            line.put("left", true);
        }
        String task = task(exchange);
        if (task != null) {
            line.put("task", task);
        }
        String prompt = exchange.get(PROMPT);
        if (prompts && prompt != null) {
            line.put("prompt", prompt);
        }
        logger.info("{}", line.encode());
    }

    private static @Nullable String task(RoutingContext exchange) {
        String named = exchange.response().headers().get(TASK_HEADER);
        if (named != null) {
            return named;
        }
        Matcher inPath = TASK_IN_PATH.matcher(exchange.request().path());
        return inPath.find() ? inPath.group() : null;
    }

    /** Writes what is left. */
    @Override
    public void close() {
        context.stop();
    }
}
