package dev.darkroom;

import dev.darkroom.settings.Settings;
import dev.darkroom.store.Awaited;
import dev.darkroom.store.DatabaseConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Several nodes' Vert.x in one process, joined over loopback as a server joins them. For tests and benchmarks. */
public final class ClusteredNodes {

    private ClusteredNodes() {}

    /** Opens {@code count} of them, all together when this returns; whoever asks closes them. */
    public static List<Vertx> open(int count) throws Exception {
        int port = freePort();
        Settings settings = new Settings(Map.of(
                "cluster",
                Map.of("enabled", true, "port", port, "name", "test-" + port),
                "database",
                Map.of("uri", "postgresql://unused/unused")));
        ClusterConfig config = ClusterConfig.from(settings, DatabaseConfig.from(settings));
        List<Vertx> nodes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            nodes.add(Awaited.get(NodeVertx.open(config, new SimpleMeterRegistry(), null)));
        }
        return nodes;
    }

    private static int freePort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return Math.min(65_000, socket.getLocalPort());
        }
    }
}
