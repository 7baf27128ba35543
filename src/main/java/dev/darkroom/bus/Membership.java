package dev.darkroom.bus;

import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.spi.cluster.ClusterManager;

/** How many nodes are together, as this one sees it. */
public final class Membership {

    private Membership() {}

    /** Returns the number of nodes, this one among them; 1 where there is no cluster. Cheap, from any thread. */
    public static int nodes(Vertx vertx) {
        ClusterManager manager = ((VertxInternal) vertx).clusterManager();
        return manager == null ? 1 : manager.getNodes().size();
    }
}
