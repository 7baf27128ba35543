package dev.darkroom.testing;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class BlockedThreadWatchTest {

    @Test
    void aBlockedEventLoopIsSeen() throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
            @Override
            protected void append(ILoggingEvent event) {
                if (BlockedThreadWatch.isWarning(event)) {
                    seen.countDown();
                }
            }
        };
        appender.start();
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(appender);
        Vertx vertx = Vertx.vertx(new VertxOptions()
                .setBlockedThreadCheckInterval(200)
                .setBlockedThreadCheckIntervalUnit(TimeUnit.MILLISECONDS)
                .setMaxEventLoopExecuteTime(100)
                .setMaxEventLoopExecuteTimeUnit(TimeUnit.MILLISECONDS));
        try {
            CountDownLatch blocking = new CountDownLatch(1);
            vertx.runOnContext(ignored -> {
                try {
                    assertThat(seen.await(30, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                }
                blocking.countDown();
            });
            assertThat(blocking.await(40, TimeUnit.SECONDS)).isTrue();
            assertThat(seen.getCount()).isZero();
        } finally {
            root.detachAppender(appender);
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }
}
