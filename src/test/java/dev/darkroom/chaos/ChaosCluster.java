package dev.darkroom.chaos;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Three nodes of one database, each of which runs tasks and answers clients. What dies is started again beside. */
final class ChaosCluster implements AutoCloseable {

    private static final int NODES = 3;

    /** Below the ports that the system gives to whoever connects, so that a node finds its own ones free again. */
    private static final int FIRST_PORT = 12_000;

    private static final int PORTS = 18_000;

    private final List<NodeProcess> nodes = new ArrayList<>();
    private final BusLinks links = new BusLinks(nodes);
    private final ExecutorService starters = Executors.newFixedThreadPool(NODES);
    private final List<Future<?>> starting = new ArrayList<>();
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    /** @param folder for the nodes' folders */
    ChaosCluster(Path folder, String database, Duration lease, Random random) throws IOException {
        int[] members = new int[NODES];
        for (int i = 0; i < NODES; i++) {
            members[i] = freePort(random);
        }
        String known = java.util.Arrays.stream(members)
                .mapToObj(port -> "127.0.0.1:" + port)
                .collect(Collectors.joining(","));
        for (int i = 0; i < NODES; i++) {
            int membership = freePort(random);
            int bus = freePort(random);
            int publicBus = freePort(random);
            Map<String, String> settings = new HashMap<>(settings(database, lease));
            settings.put("cluster.members", known);
            settings.put("cluster.port", Integer.toString(membership));
            settings.put("cluster.bus-port", Integer.toString(bus));
            settings.put("cluster.public-port", Integer.toString(members[i]));
            settings.put("cluster.public-bus-port", Integer.toString(publicBus));
            NodeProcess node = new NodeProcess(folder.resolve("node-" + i), settings);
            nodes.add(node);
            links.open(members[i], node, membership);
            links.open(publicBus, node, bus);
        }
    }

    private static Map<String, String> settings(String database, Duration lease) {
        return Map.ofEntries(
                Map.entry("http.port", "0"),
                Map.entry("cluster.enabled", "true"),
                Map.entry("database.uri", database),
                Map.entry("sampler.lease", lease.toMillis() + "ms"),
                Map.entry("sampler.max-rows", "4"),
                Map.entry("sampler.measure", "0ms"),
                Map.entry("sampler.checkpoint-every", "100ms"),
                Map.entry("sampler.checkpoint-beyond", "0ms"),
                // nobody's fault here
                Map.entry("queue.max-attempts", "100"),
                Map.entry("output.log", "false"));
    }

    private static int freePort(Random random) {
        while (true) {
            int port = FIRST_PORT + random.nextInt(PORTS);
            try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return free.getLocalPort();
            } catch (IOException taken) {
                // the next one is not
            }
        }
    }

    /** Starts all; returns once they serve. */
    void start() throws Exception {
        nodes.forEach(this::startAgain);
        awaitAll();
    }

    List<NodeProcess> nodes() {
        return nodes;
    }

    BusLinks links() {
        return links;
    }

    /** Starts a node that has ended, without waiting for it. */
    void startAgain(NodeProcess node) {
        synchronized (starting) {
            starting.add(starters.submit(() -> {
                node.start();
                node.awaitReady();
                return null;
            }));
        }
    }

    /** Waits until all nodes serve; fails if one could not start. */
    void awaitAll() throws Exception {
        List<Future<?>> all;
        synchronized (starting) {
            all = List.copyOf(starting);
            starting.clear();
        }
        for (Future<?> each : all) {
            each.get(Until.LONG.toSeconds(), TimeUnit.SECONDS);
        }
    }

    /** Tells whether each node knows all others. */
    boolean isWhole() throws Exception {
        for (NodeProcess node : nodes) {
            if (!node.serves() || known(node) != NODES) {
                return false;
            }
        }
        return true;
    }

    /** Tells whether the node knows none of the others, and these know each other only. */
    boolean isApart(NodeProcess node) throws Exception {
        for (NodeProcess each : nodes) {
            if (known(each) != (each == node ? 1 : NODES - 1)) {
                return false;
            }
        }
        return true;
    }

    private int known(NodeProcess node) throws InterruptedException {
        try {
            HttpResponse<String> health = http.send(
                    HttpRequest.newBuilder(URI.create(node.url() + "/health"))
                            .timeout(Duration.ofSeconds(10))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            return new JsonObject(health.body()).getInteger("nodes", 0);
        } catch (IOException busy) {
            return 0;
        }
    }

    @Override
    public void close() {
        starters.shutdownNow();
        nodes.forEach(NodeProcess::close);
        links.close();
    }
}
