package dev.darkroom.model.install;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Closes a stream that has given nothing for a while, so that reading it fails instead of waiting for ever. */
final class StallGuard implements AutoCloseable {

    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(job -> {
        Thread thread = new Thread(job, "darkroom-stall-guard");
        thread.setDaemon(true);
        return thread;
    });
    private volatile long alive = System.nanoTime();

    StallGuard(InputStream stream, Duration patience) {
        long period = Math.max(1, patience.toMillis() / 4);
        clock.scheduleAtFixedRate(
                () -> {
                    if (System.nanoTime() - alive > patience.toNanos()) {
                        try {
                            stream.close();
                        } catch (IOException closedAnyway) {
                            clock.shutdown();
                        }
                    }
                },
                period,
                period,
                TimeUnit.MILLISECONDS);
    }

    /** Something was read. */
    void alive() {
        alive = System.nanoTime();
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }
}
