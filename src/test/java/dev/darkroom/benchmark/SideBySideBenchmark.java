package dev.darkroom.benchmark;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;

/**
 * Darkroom and the Python server of {@code bench/python-server}, each in processes of its own, with the built-in model,
 * measured in turns by one load generator: who is first changes with every round, and what is told are the medians of the
 * rounds and their ratio.
 */
final class SideBySideBenchmark {

    private static final int[] CLIENTS = {1, 4, 16};
    private static final int IMAGES_PER_CLIENT = 4;
    private static final int LEAST_IMAGES = 16;
    private static final int STREAMS = 20;
    private static final int WAITING = 10;
    private static final int SUBMISSIONS = 2_000;
    private static final int WARM_SUBMISSIONS = 4_000;
    private static final Pattern TASK = Pattern.compile("\"task_id\":\\s*\"(\\w+)\"");
    private static final List<String> THINGS =
            List.of("red apple", "dog", "rocket", "cat", "lemon", "penguin", "wizard", "mouse", "guitar", "tree");
    private static final List<String> COLOURS = List.of("white", "green", "purple", "pink", "light blue", "orange");

    private final SideBySideServer darkroom;
    private final SideBySideServer python;
    private final Map<String, List<double[]>> figures = new LinkedHashMap<>();
    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private int asked;

    private SideBySideBenchmark(SideBySideServer darkroom, SideBySideServer python) {
        this.darkroom = darkroom;
        this.python = python;
    }

    private interface Measure {
        double[] of(SideBySideServer server) throws Exception;
    }

    /**
     * Measures images, then submissions while neither server computes.
     *
     * @param args the Python to use; the number of rounds, 4 unless told; and as wanted {@code submissions} for these
     *     alone, or {@code no-spinning}, which has Python's threads give their cores away while they wait
     */
    public static void main(String[] args) throws Exception {
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 4;
        List<String> wishes = List.of(args).subList(Math.min(2, args.length), args.length);
        boolean spinning = !wishes.contains("no-spinning");
        if (!wishes.contains("submissions")) {
            try (SideBySideServer darkroom = SideBySideServer.darkroom(false);
                    SideBySideServer python = SideBySideServer.python(args[0], spinning, false)) {
                SideBySideBenchmark benchmark = new SideBySideBenchmark(darkroom, python);
                benchmark.compareAPicture();
                benchmark.images(rounds);
                benchmark.print();
            }
        }
        try (SideBySideServer darkroom = SideBySideServer.darkroom(true);
                SideBySideServer python = SideBySideServer.python(args[0], spinning, true)) {
            SideBySideBenchmark benchmark = new SideBySideBenchmark(darkroom, python);
            benchmark.submissions(rounds);
            benchmark.print();
        }
    }

    /** Both make the same picture of a seed, so that they do the same work. */
    private void compareAPicture() throws Exception {
        String body = "{\"prompt\": \"a dog playing with a ball\", \"image_seed\": 7}";
        BufferedImage one = ImageIO.read(new ByteArrayInputStream(post(darkroom, body, "image/png")));
        BufferedImage other = ImageIO.read(new ByteArrayInputStream(post(python, body, "image/png")));
        long difference = 0;
        for (int y = 0; y < one.getHeight(); y++) {
            for (int x = 0; x < one.getWidth(); x++) {
                for (int shift = 0; shift < 24; shift += 8) {
                    difference += Math.abs((one.getRGB(x, y) >> shift & 255) - (other.getRGB(x, y) >> shift & 255));
                }
            }
        }
        System.out.printf(
                "%d x %d pixels; the two pictures of a seed differ by %.3f of 255 on average%n",
                one.getWidth(), one.getHeight(), difference / (3.0 * one.getWidth() * one.getHeight()));
    }

    private void images(int rounds) throws Exception {
        measure("memory idle, MB", 1, server -> new double[] {server.megabytes()});
        // once unmeasured: code is compiled, and the latency of calls learned
        load(darkroom, CLIENTS[CLIENTS.length - 1]);
        load(python, CLIENTS[CLIENTS.length - 1]);
        for (int clients : CLIENTS) {
            String of = " at %d clients".formatted(clients);
            List<String> names = List.of("images/s" + of, "median ms" + of, "p95 ms" + of);
            measure(names, rounds, server -> {
                HttpLoad.Figures told = load(server, clients);
                return new double[] {told.requests(), told.medianMs(), told.p95Ms()};
            });
        }
        measure("first event ms, idle", rounds, server -> new double[] {firstEvent(server, true)});
        measure("first event ms, ten tasks wait", rounds, this::behindOthers);
        measure("memory after load, MB", 1, server -> new double[] {server.megabytes()});
    }

    private void submissions(int rounds) throws Exception {
        String body = "{\"prompt\": \"a cat\", \"async_process\": true}";
        for (SideBySideServer server : List.of(darkroom, python)) {
            new HttpLoad(server.port(), 64).run(WARM_SUBMISSIONS, i -> HttpLoad.generate(body), head -> {});
        }
        measure(List.of("submissions/s, 64 in flight", "median ms", "p95 ms"), rounds, server -> {
            HttpLoad.Figures told =
                    new HttpLoad(server.port(), 64).run(SUBMISSIONS, i -> HttpLoad.generate(body), head -> {});
            return new double[] {told.requests(), told.medianMs(), told.p95Ms()};
        });
    }

    private void measure(String name, int rounds, Measure measure) throws Exception {
        measure(List.of(name), rounds, measure);
    }

    private void measure(List<String> names, int rounds, Measure measure) throws Exception {
        for (int round = 0; round < rounds; round++) {
            boolean darkroomFirst = round % 2 == 0;
            double[] first = measure.of(darkroomFirst ? darkroom : python);
            double[] second = measure.of(darkroomFirst ? python : darkroom);
            System.out.printf(
                    "round %d, %s: %s first: %s, %s%n",
                    round + 1,
                    names.get(0),
                    darkroomFirst ? "Darkroom" : "Python",
                    Arrays.toString(first),
                    Arrays.toString(second));
            for (int i = 0; i < names.size(); i++) {
                figures.computeIfAbsent(names.get(i), name -> new ArrayList<>())
                        .add(darkroomFirst ? new double[] {first[i], second[i]} : new double[] {second[i], first[i]});
            }
        }
    }

    private HttpLoad.Figures load(SideBySideServer server, int clients) throws IOException {
        int images = Math.max(LEAST_IMAGES, clients * IMAGES_PER_CLIENT);
        IntFunction<byte[]> request = number -> HttpLoad.generate(
                "{\"prompt\": \"%s\", \"image_seed\": %d, \"disable_preview\": true}".formatted(prompt(asked), asked++),
                "image/png");
        return new HttpLoad(server.port(), clients).run(images, request, head -> {});
    }

    /** No two alike, so that no server has a text encoded already. */
    private static String prompt(int number) {
        return "a %s next to a %s on %s, %d"
                .formatted(
                        THINGS.get(number % THINGS.size()),
                        THINGS.get(number / THINGS.size() % THINGS.size()),
                        COLOURS.get(number % COLOURS.size()),
                        number);
    }

    private double[] behindOthers(SideBySideServer server) throws Exception {
        String last = "";
        for (int i = 0; i <= WAITING; i++) {
            String answer = new String(post(
                    server,
                    "{\"prompt\": \"a dog\", \"image_number\": 2, \"async_process\": true}",
                    "application/json"));
            Matcher task = TASK.matcher(answer);
            if (!task.find()) {
                throw new IllegalStateException(answer);
            }
            last = task.group(1);
        }
        double delay = firstEvent(server, false);
        awaitEnd(server, last);
        return new double[] {delay};
    }

    /** Returns the median. */
    private double firstEvent(SideBySideServer server, boolean toTheEnd) throws IOException {
        double[] milliseconds = new double[STREAMS];
        for (int i = 0; i < STREAMS; i++) {
            milliseconds[i] = SideBySideStream.firstEvent(server.port(), toTheEnd);
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
        Arrays.sort(milliseconds);
        return milliseconds[STREAMS / 2];
    }

    private void awaitEnd(SideBySideServer server, String task) throws Exception {
        String record = "";
        while (!record.contains("finished")) {
            LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
            record = http.send(
                            HttpRequest.newBuilder(URI.create(server.url() + "/tasks/" + task))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
        // behind it are the streams that were left
        post(server, "{\"prompt\": \"a cat\"}", "application/json");
    }

    private byte[] post(SideBySideServer server, String body, String accept) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.url() + "/v1/engine/generate"))
                .header("Content-Type", "application/json")
                .header("Accept", accept)
                .timeout(Duration.ofMinutes(5))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        HttpResponse<byte[]> answer = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
        if (answer.statusCode() != 200) {
            throw new IllegalStateException(answer.statusCode() + ": " + new String(answer.body()));
        }
        return answer.body();
    }

    private void print() throws IOException {
        System.out.printf("%-40s %12s %12s %8s%n", "", "Darkroom", "Python", "ratio");
        figures.forEach((name, rounds) -> System.out.printf(
                "%-40s %12.2f %12.2f %8.2f   %s%n",
                name,
                median(rounds, 0),
                median(rounds, 1),
                median(rounds, 0) / median(rounds, 1),
                rounds.stream()
                        .map(pair -> "%.2f/%.2f".formatted(pair[0], pair[1]))
                        .toList()));
        System.out.println("load: " + Files.readString(Path.of("/proc/loadavg")).trim());
    }

    private static double median(List<double[]> rounds, int server) {
        List<Double> sorted =
                new ArrayList<>(rounds.stream().map(pair -> pair[server]).toList());
        Collections.sort(sorted);
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
