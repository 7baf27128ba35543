package dev.darkroom.http.fooocus;

import dev.darkroom.http.webhook.WebhookConfig;
import dev.darkroom.prompt.PromptLibrary;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Prints how many requests a second one core reads, checks and renders for the record: full bodies and short ones. It
 * counts the thread's processor time, so that other work on the machine does not count.
 */
public final class RequestReadingBenchmark {

    private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();

    private RequestReadingBenchmark() {}

    /** Runs some seconds. */
    public static void main(String[] arguments) throws Exception {
        Vertx vertx = Vertx.vertx();
        FooocusContract contract = FooocusContract.load(vertx).await(30, TimeUnit.SECONDS);
        Random random = new Random(1);
        StoredRequest stored = new StoredRequest(contract.generate(), () -> random.nextLong() >>> 1);
        GenerateReader reader = new GenerateReader(
                contract.generate(), new RequestChecks(PromptLibrary.empty(), WebhookConfig.usual(), stored));
        JsonObject full = new JsonObject(contract.generate().defaults())
                .put("prompt", "a lighthouse on a cliff, evening light")
                .put("async_process", "true")
                .put("save_name", "cliff");
        measure("full body", reader, full.toBuffer());
        measure("two fields", reader, Buffer.buffer("{\"prompt\":\"a lighthouse\",\"async_process\":true}"));
        vertx.close().await(10, TimeUnit.SECONDS);
    }

    private static void measure(String name, GenerateReader reader, Buffer body) {
        MultiMap headers = MultiMap.caseInsensitiveMultiMap().add("Content-Type", "application/json");
        for (int round = 0; round < 4; round++) {
            long begun = CPU.getCurrentThreadCpuTime();
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(3);
            int count = 0;
            int bytes = 0;
            while (System.nanoTime() < end) {
                bytes = reader.read(headers, body).json().length();
                count++;
            }
            System.out.printf(
                    "%s, %d bytes in, %d out: %.0f requests/s%n",
                    name, body.length(), bytes, count / ((CPU.getCurrentThreadCpuTime() - begun) / 1e9));
        }
    }
}
