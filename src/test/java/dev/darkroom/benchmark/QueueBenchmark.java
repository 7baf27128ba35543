package dev.darkroom.benchmark;

import dev.darkroom.Configuration;
import dev.darkroom.Server;
import dev.darkroom.model.DenoiserBatch;
import dev.darkroom.model.Device;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelFolder;
import dev.darkroom.model.ModelLoader;
import dev.darkroom.model.TinyPipeline;
import dev.darkroom.settings.Settings;
import dev.darkroom.store.Awaited;
import dev.darkroom.testing.NullModel;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How right the queue is about the future, on a model whose calls take 20 ms for two rows and less for each of more: the
 * time left of twenty mixed tasks, told when the last of them is queued and again a little later, against what it was; and
 * how many of those whom a full queue refused are accepted when they come again after their {@code Retry-After}.
 */
public final class QueueBenchmark {

    private static final int CAPACITY = 20;
    private static final String[] SAMPLERS = {"euler", "heun", "dpmpp_2m", "dpmpp_sde"};

    private final HttpClient http = HttpClient.newHttpClient();
    private final String base;

    private QueueBenchmark(int port) {
        base = "http://127.0.0.1:" + port;
    }

    /** @param arguments a seed, or nothing */
    public static void main(String[] arguments) throws Exception {
        long seed = arguments.length > 0 ? Long.parseLong(arguments[0]) : System.nanoTime();
        System.out.println("seed " + seed);
        Path home = Files.createTempDirectory("darkroom-benchmark");
        TinyPipeline.write(Files.createDirectories(home.resolve("models")), "null");
        LoadedModel model = new NullModel("null", 64, 4, QueueBenchmark::millis);
        Settings settings = new Settings(Map.of("http.port", 0, "queue.capacity", CAPACITY));
        Server server = new Server(Configuration.from(settings), home, () -> new OneModel(model));
        QueueBenchmark benchmark = new QueueBenchmark(Awaited.get(server.start()));
        try {
            benchmark.timeLeft(new Random(seed));
            benchmark.retryAfter(100);
        } finally {
            Awaited.get(server.stop());
        }
    }

    /** A call takes a part that is always the same, and one by its pixels: 20 ms for two rows of 64 x 64. */
    private static double millis(DenoiserBatch batch) {
        return 12 + batch.rows() * batch.height() * batch.width() / 16.0;
    }

    private void timeLeft(Random random) throws Exception {
        for (String sampler : SAMPLERS) {
            // a model's first images are slower than what follows
            ended(queued(body(sampler, 8, 3, 64)));
            ended(queued(body(sampler, 8, 3, 128)));
        }
        // an idle device measures how long calls of more rows take
        TimeUnit.SECONDS.sleep(10);
        List<String> tasks = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            String sampler = SAMPLERS[random.nextInt(SAMPLERS.length)];
            tasks.add(queued(
                    body(sampler, 10 + random.nextInt(31), 1 + random.nextInt(3), random.nextBoolean() ? 64 : 128)));
        }
        List<Told> first = told(tasks);
        TimeUnit.SECONDS.sleep(3);
        List<Told> later = told(tasks);
        List<Double> firstErrors = new ArrayList<>();
        List<Double> laterErrors = new ArrayList<>();
        for (int i = 0; i < tasks.size(); i++) {
            long end = ended(tasks.get(i)).getLong("finish_mills");
            System.out.printf(
                    "task %2d: %s; %s%n",
                    i + 1, compare(first.get(i), end, firstErrors), compare(later.get(i), end, laterErrors));
        }
        print("at once", firstErrors);
        print("three seconds later", laterErrors);
    }

    /** @param seconds null if nothing was told */
    private record Told(@Nullable Double seconds, long at) {}

    private List<Told> told(List<String> tasks) throws Exception {
        List<Told> told = new ArrayList<>();
        for (String task : tasks) {
            told.add(new Told(task(task).getDouble("remaining_seconds"), System.currentTimeMillis()));
        }
        return told;
    }

    private static String compare(Told told, long end, List<Double> errors) {
        double took = (end - told.at()) / 1000.0;
        if (told.seconds() == null) {
            return took <= 0 ? "ended" : "nothing told, took %.1f s".formatted(took);
        }
        double error = Math.abs(told.seconds() - took) / took;
        // records tell tenths of a second, which says little of what is about to end
        if (took >= 1) {
            errors.add(error);
        }
        return "told %.1f s, took %.1f s, off by %.1f %%".formatted(told.seconds(), took, 100 * error);
    }

    private static void print(String when, List<Double> errors) {
        Collections.sort(errors);
        System.out.printf(
                "the time left, told %s: off by %.1f %% in the mean, %.1f %% in the median, %.1f %% at most, %d of %d within"
                        + " 20 %%, those with less than a second left out%n",
                when,
                100 * errors.stream().mapToDouble(error -> error).average().orElse(0),
                100 * errors.get(errors.size() / 2),
                100 * errors.get(errors.size() - 1),
                errors.stream().filter(error -> error <= 0.2).count(),
                errors.size());
    }

    private void retryAfter(int clients) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(clients);
        List<Future<Boolean>> outcomes = new ArrayList<>();
        for (int client = 0; client < clients; client++) {
            String body =
                    body("euler", 4, 1, 64).put("prompt", "client " + client).encode();
            outcomes.add(threads.submit(() -> {
                HttpResponse<String> first = post(body);
                if (first.statusCode() == 200) {
                    return null;
                }
                TimeUnit.SECONDS.sleep(
                        first.headers().firstValueAsLong("Retry-After").orElseThrow());
                return post(body).statusCode() == 200;
            }));
        }
        int refused = 0;
        int accepted = 0;
        for (Future<Boolean> outcome : outcomes) {
            Boolean again = outcome.get();
            refused += again == null ? 0 : 1;
            accepted += again != null && again ? 1 : 0;
        }
        threads.shutdown();
        System.out.printf(
                "of %d clients at a queue of %d, %d were refused; %d of these were accepted after their Retry-After%n",
                clients, CAPACITY, refused, accepted);
    }

    private static JsonObject body(String sampler, int steps, int images, int side) {
        return new JsonObject()
                .put("prompt", "a cat")
                .put("async_process", true)
                .put("sampler_name", sampler)
                .put("overwrite_step", steps)
                .put("overwrite_width", side)
                .put("overwrite_height", side)
                .put("image_number", images);
    }

    private String queued(JsonObject body) throws Exception {
        return new JsonObject(post(body.encode()).body()).getString("task_id");
    }

    private HttpResponse<String> post(String body) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(base + "/v1/engine/generate"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private JsonObject task(String id) throws Exception {
        return new JsonObject(http.send(
                        HttpRequest.newBuilder(URI.create(base + "/tasks/" + id))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body());
    }

    private JsonObject ended(String id) throws Exception {
        JsonObject record = task(id);
        while (record.getLong("finish_mills") == null || record.getLong("finish_mills") < 0) {
            TimeUnit.MILLISECONDS.sleep(20);
            record = task(id);
        }
        return record;
    }

    private record OneModel(LoadedModel model) implements ModelLoader {
        @Override
        public Device device() {
            return new Device("none", "the model computes nothing");
        }

        @Override
        public LoadedModel load(ModelFolder folder) {
            return model;
        }
    }
}
