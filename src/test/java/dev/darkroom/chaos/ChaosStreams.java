package dev.darkroom.chaos;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Clients that follow tasks, each on a thread of its own. */
final class ChaosStreams implements AutoCloseable {

    private final ChaosClient client;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Stream> all = new CopyOnWriteArrayList<>();

    ChaosStreams(ChaosClient client) {
        this.client = client;
    }

    /** A client that follows a task. */
    static final class Stream {

        private final String task;
        private final CountDownLatch first = new CountDownLatch(1);
        private final CountDownLatch end = new CountDownLatch(1);
        private final AtomicInteger attachments = new AtomicInteger();
        private volatile boolean progressed;

        private Stream(String task) {
            this.task = task;
        }

        String task() {
            return task;
        }

        /** A node answers. */
        void attached() {
            attachments.incrementAndGet();
            first.countDown();
        }

        /** A node tells an event. */
        void told(String event) {
            progressed |= event.equals("progress");
            if (event.equals("ended")) {
                end.countDown();
            }
        }

        /** Waits for the first answer. */
        boolean awaitAttached(Duration patience) throws InterruptedException {
            return first.await(patience.toMillis(), TimeUnit.MILLISECONDS);
        }

        /** Waits for the end. */
        boolean awaitEnd(Duration patience) throws InterruptedException {
            return end.await(patience.toMillis(), TimeUnit.MILLISECONDS);
        }

        boolean ended() {
            return end.getCount() == 0;
        }

        boolean progressed() {
            return progressed;
        }

        boolean reattached() {
            return attachments.get() > 1;
        }
    }

    /** Begins at {@code first} and goes on with any node. */
    Stream followFrom(NodeProcess first, String task) {
        Stream stream = new Stream(task);
        AtomicBoolean begun = new AtomicBoolean();
        threads.submit(() -> {
            client.follow(stream, () -> begun.getAndSet(true) ? null : first);
            return null;
        });
        all.add(stream);
        return stream;
    }

    /** Follows at one node only. */
    Stream followAt(NodeProcess node, String task) {
        Stream stream = new Stream(task);
        threads.submit(() -> {
            client.follow(stream, () -> node);
            return null;
        });
        all.add(stream);
        return stream;
    }

    /** Waits until all saw their tasks' ends, and gives up some time. */
    void awaitEnds() throws Exception {
        Until.held(Duration.ofMinutes(2), () -> all.stream().allMatch(Stream::ended));
    }

    int count() {
        return all.size();
    }

    int reattached() {
        return (int) all.stream().filter(Stream::reattached).count();
    }

    /** Returns the tasks whose ends were not seen. */
    List<String> blind() {
        return all.stream().filter(stream -> !stream.ended()).map(Stream::task).toList();
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
