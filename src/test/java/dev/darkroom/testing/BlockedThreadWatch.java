package dev.darkroom.testing;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/** Fails a test class during which Vert.x warned of a blocked thread. Use it with {@code @ExtendWith}. */
public final class BlockedThreadWatch implements BeforeAllCallback, AfterAllCallback {

    private static final ExtensionContext.Namespace NAMESPACE =
            ExtensionContext.Namespace.create(BlockedThreadWatch.class);

    @Override
    public void beforeAll(ExtensionContext context) {
        ListAppender<ILoggingEvent> appender = new ListAppender<>();
        appender.start();
        logger().addAppender(appender);
        context.getStore(NAMESPACE).put("appender", appender);
    }

    @Override
    @SuppressWarnings("unchecked")
    public void afterAll(ExtensionContext context) {
        ListAppender<ILoggingEvent> appender = context.getStore(NAMESPACE).get("appender", ListAppender.class);
        logger().detachAppender(appender);
        for (ILoggingEvent event : appender.list) {
            if (isWarning(event)) {
                throw new AssertionError("A thread was blocked: " + event.getFormattedMessage());
            }
        }
    }

    static boolean isWarning(ILoggingEvent event) {
        return event.getLoggerName().endsWith("BlockedThreadChecker");
    }

    private static Logger logger() {
        return (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    }
}
