package dev.darkroom.http;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps lines in memory and writes them together, four times a second, on a thread of its own: who adds one wakes nobody
 * and waits for nobody, which at ten thousand requests a second costs less than the requests. What comes while there is
 * no room is lost and counted. Safe from any thread.
 */
final class LineBatches implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LineBatches.class);
    private static final long APART_MILLISECONDS = 250;
    private static final long CLOSE_SECONDS = 10;
    private static final long MOST_WAITING_CHARACTERS = 16_000_000;
    private static final int BATCH_CHARACTERS = 1 << 17;
    private static final long TOLD_APART_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Queue<AccessLine> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicLong waitingCharacters = new AtomicLong();
    private final LongAdder lost = new LongAdder();
    private final long mostWaiting;
    private final Consumer<String> target;
    private final ScheduledExecutorService writer;
    private final InstantText time = new InstantText();
    private final StringBuilder batch = new StringBuilder();
    private long toldLost;
    private long toldAt = System.nanoTime() - TOLD_APART_NANOS;

    /** @param target takes whole lines, each with its end; called on one thread at a time */
    LineBatches(Consumer<String> target) {
        this(target, MOST_WAITING_CHARACTERS);
    }

    /** @param mostWaiting characters in memory, about */
    LineBatches(Consumer<String> target, long mostWaiting) {
        this.target = target;
        this.mostWaiting = mostWaiting;
        writer = Executors.newSingleThreadScheduledExecutor(work -> {
            Thread thread = new Thread(work, "darkroom-access-log");
            thread.setDaemon(true);
            return thread;
        });
        writer.scheduleWithFixedDelay(this::write, APART_MILLISECONDS, APART_MILLISECONDS, TimeUnit.MILLISECONDS);
    }

    /** Adds a line. */
    void add(AccessLine line) {
        if (waitingCharacters.addAndGet(line.length()) > mostWaiting) {
            waitingCharacters.addAndGet(-line.length());
            lost.increment();
            return;
        }
        waiting.add(line);
    }

    /** Returns how many lines were lost so far. */
    long lost() {
        return lost.sum();
    }

    private void write() {
        try {
            for (AccessLine line = waiting.poll(); line != null; line = waiting.poll()) {
                waitingCharacters.addAndGet(-line.length());
                line.appendTo(batch, time);
                batch.append('\n');
                if (batch.length() >= BATCH_CHARACTERS) {
                    flush();
                }
            }
            flush();
            tellLost();
        } catch (RuntimeException | OutOfMemoryError defect) {
            // thrown on, it would end the schedule; the next lines are tried all the same
            batch.setLength(0);
            LOG.error("Lines of the access log could not be written", defect);
        }
    }

    private void flush() {
        if (!batch.isEmpty()) {
            String lines = batch.toString();
            batch.setLength(0);
            target.accept(lines);
        }
    }

    private void tellLost() {
        if (System.nanoTime() - toldAt >= TOLD_APART_NANOS) {
            tellAllLost();
        }
    }

    private void tellAllLost() {
        long now = lost.sum();
        if (now > toldLost) {
            LOG.warn("{} requests have no line in the access log: it could not be written fast enough", now - toldLost);
            toldLost = now;
            toldAt = System.nanoTime();
        }
    }

    /** Writes what is left; blocks for that. What is added later is lost. */
    @Override
    public void close() {
        writer.shutdown();
        try {
            if (writer.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                write();
                tellAllLost();
            } else {
                LOG.warn("The last lines of the access log could not be written in {} s", CLOSE_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
