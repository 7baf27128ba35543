package dev.darkroom.chaos;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The tasks that the nodes are given: of several samplers, a few steps or many, and each of a picture that is known. */
final class ChaosWork implements AutoCloseable {

    private static final List<String> SAMPLERS =
            List.of("euler", "euler_ancestral", "dpmpp_2m", "dpmpp_2m_sde", "dpmpp_3m_sde", "lms", "uni_pc");
    private static final List<Integer> STEPS = List.of(4, 12, 24, 40);
    private static final int CLIENTS = 4;

    private final ChaosClient client;
    private final ChaosDatabase database;
    private final Random random;
    private final ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    private final Map<String, Kind> tasks = Collections.synchronizedMap(new LinkedHashMap<>());

    /** Tasks of one kind make the same picture. */
    record Kind(String sampler, int steps) {

        /** Solvers that remember earlier steps. */
        private static final List<String> MULTI_STEP =
                List.of("dpmpp_2m", "dpmpp_2m_sde", "dpmpp_3m_sde", "lms", "uni_pc");

        /** Samplers that add noise between steps. */
        private static final List<String> NOISY = List.of("euler_ancestral", "dpmpp_2m_sde", "dpmpp_3m_sde");

        static List<Kind> all() {
            List<Kind> kinds = new ArrayList<>();
            SAMPLERS.forEach(sampler -> STEPS.forEach(steps -> kinds.add(new Kind(sampler, steps))));
            return kinds;
        }

        static boolean isMultiStep(String sampler) {
            return MULTI_STEP.contains(sampler);
        }

        static boolean isNoisy(String sampler) {
            return NOISY.contains(sampler);
        }
    }

    ChaosWork(ChaosClient client, ChaosDatabase database, Random random) {
        this.client = client;
        this.database = database;
        this.random = random;
    }

    /** Submits a task of each kind. */
    Map<String, Kind> submitOfEach() throws Exception {
        Map<String, Kind> each = new LinkedHashMap<>();
        for (Kind kind : Kind.all()) {
            each.put(submit(kind), kind);
        }
        return each;
    }

    private String submit(Kind kind) throws InterruptedException {
        return client.submit(ChaosClient.request(kind.sampler(), kind.steps()));
    }

    /** Submits so many tasks, and returns them once all are acknowledged. */
    List<String> submit(int count) throws Exception {
        List<Future<String>> acknowledged = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Kind kind =
                    new Kind(SAMPLERS.get(random.nextInt(SAMPLERS.size())), STEPS.get(random.nextInt(STEPS.size())));
            acknowledged.add(clients.submit(() -> submitted(kind)));
        }
        List<String> submitted = new ArrayList<>();
        for (Future<String> each : acknowledged) {
            submitted.add(each.get());
        }
        return submitted;
    }

    private String submitted(Kind kind) throws InterruptedException {
        String task = submit(kind);
        tasks.put(task, kind);
        return task;
    }

    /** Returns all tasks with their kinds. */
    Map<String, Kind> tasks() {
        synchronized (tasks) {
            return new LinkedHashMap<>(tasks);
        }
    }

    /** Returns the tasks that came last. */
    List<String> newest(int count) {
        List<String> all = List.copyOf(tasks().keySet());
        return all.subList(Math.max(0, all.size() - count), all.size());
    }

    /** Waits until no more than {@code open} tasks have not ended. */
    void awaitOpenAtMost(int open) throws Exception {
        Until.holds("no more than %d tasks are open".formatted(open), Until.LONG, () -> database.open() <= open);
    }

    @Override
    public void close() {
        clients.shutdownNow();
    }
}
