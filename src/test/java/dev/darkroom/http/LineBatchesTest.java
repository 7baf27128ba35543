package dev.darkroom.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LineBatchesTest {

    private final BlockingQueue<String> written = new LinkedBlockingQueue<>();

    private static AccessLine line(int number) {
        return new AccessLine(
                number, "10.0.0.7", "alice", "GET", "/tasks/" + number, 200, 3, 1000 + number, false, null, null);
    }

    private List<JsonObject> lines() {
        return String.join("", written).lines().map(JsonObject::new).toList();
    }

    @Test
    void linesAreWrittenTogetherAndTheRestWhenItCloses() throws Exception {
        LineBatches batches = new LineBatches(written::add);
        for (int i = 0; i < 5000; i++) {
            batches.add(line(i));
        }
        assertThat(written.poll(60, TimeUnit.SECONDS)).contains("\"/tasks/0\"").endsWith("\n");
        written.clear();
        for (int i = 0; i < 100; i++) {
            batches.add(line(i));
        }
        batches.close();
        List<JsonObject> rest = lines();
        assertThat(rest.subList(rest.size() - 100, rest.size()))
                .extracting(line -> line.getString("path"))
                .startsWith("/tasks/0", "/tasks/1")
                .endsWith("/tasks/99");
        assertThat(written).hasSizeLessThan(20);
        assertThat(batches.lost()).isZero();
    }

    @Test
    void linesFromManyThreadsAreAllWrittenWhole() throws Exception {
        LineBatches batches = new LineBatches(written::add);
        Thread[] threads = new Thread[4];
        for (int i = 0; i < threads.length; i++) {
            int first = 10_000 * i;
            threads[i] = new Thread(() -> {
                for (int number = first; number < first + 2000; number++) {
                    batches.add(line(number));
                }
            });
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        batches.close();
        assertThat(lines().stream().map(line -> line.getString("path")).distinct())
                .hasSize(8000);
    }

    @Test
    void whatFindsNoRoomIsLostAndCountedAndLaterLinesAreNot() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch slow = new CountDownLatch(1);
        LineBatches batches = new LineBatches(
                text -> {
                    begun.countDown();
                    awaitQuietly(slow);
                    written.add(text);
                },
                10_000);
        batches.add(line(0));
        assertThat(begun.await(60, TimeUnit.SECONDS)).isTrue();
        for (int i = 1; i <= 1000; i++) {
            batches.add(line(i));
        }
        assertThat(batches.lost()).isBetween(900L, 999L);
        slow.countDown();
        batches.close();
        assertThat(lines()).hasSize((int) (1001 - batches.lost()));
    }

    @Test
    void aTargetThatFailsOnceGetsTheNextLines() throws Exception {
        CountDownLatch failed = new CountDownLatch(1);
        LineBatches batches = new LineBatches(text -> {
            if (failed.getCount() > 0) {
                failed.countDown();
                throw new IllegalStateException("the disk is full, says the test");
            }
            written.add(text);
        });
        batches.add(line(1));
        assertThat(failed.await(60, TimeUnit.SECONDS)).isTrue();
        batches.add(line(2));
        batches.close();
        assertThat(lines()).extracting(line -> line.getString("path")).containsExactly("/tasks/2");
    }

    @Test
    void anyTextIsOneLineOfJsonAndTimesHaveMilliseconds() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        InstantText time = new InstantText();
        for (int i = 0; i < 2000; i++) {
            String text = random.ints(random.nextInt(20), 0, 0x3000)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();
            long millis = random.nextInt(3) == 0 ? random.nextLong(4_000_000_000_000L) : 1_700_000_000_000L + i;
            AccessLine line = new AccessLine(millis, null, text, "GET", "/" + text, 404, 0, 0, true, text, text);
            StringBuilder json = new StringBuilder();
            line.appendTo(json, time);
            assertThat(json).as("seed %d", seed).doesNotContain("\n");
            JsonObject read = new JsonObject(json.toString());
            assertThat(read.getString("path")).isEqualTo("/" + text);
            assertThat(read.getString("key")).isEqualTo(text);
            assertThat(read.getString("task")).isEqualTo(text);
            assertThat(read.getString("prompt")).isEqualTo(text);
            assertThat(read.getString("client")).isNull();
            assertThat(read.getBoolean("left")).isTrue();
            assertThat(read.getString("time")).hasSize(24).endsWith("Z");
            assertThat(Instant.parse(read.getString("time"))).isEqualTo(Instant.ofEpochMilli(millis));
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
