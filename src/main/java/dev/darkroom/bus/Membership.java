package dev.darkroom.bus;

import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.spi.cluster.ClusterManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Which nodes are together, as this one sees it. Cheap, from any thread. */
public final class Membership {

    private Membership() {}

    /** Returns the number of nodes, this one among them; 1 where there is no cluster. */
    public static int nodes(Vertx vertx) {
        ClusterManager manager = ((VertxInternal) vertx).clusterManager();
        return manager == null ? 1 : manager.getNodes().size();
    }

    /** Returns what the membership calls this node, which is in a cluster. */
    static String name(Vertx vertx) {
        return manager(vertx).getNodeId();
    }

    /** Returns what the membership calls the other nodes; none while this one, which is in a cluster, leaves it. */
    static List<String> others(Vertx vertx) {
        try {
            List<String> others = new ArrayList<>(manager(vertx).getNodes());
            others.remove(name(vertx));
            return others;
        } catch (IllegalStateException leaving) {
            return List.of();
        }
    }

    private static ClusterManager manager(Vertx vertx) {
        return Objects.requireNonNull(((VertxInternal) vertx).clusterManager());
    }
}
