package dev.darkroom;

import dev.darkroom.settings.Settings;
import dev.darkroom.store.DatabaseConfig;
import java.util.List;

/**
 * How this node meets the others.
 *
 * @param enabled whether there are others at all
 * @param name nodes of another name in the same network are strangers
 * @param host the address that this node listens on for the others, and tells them; never all interfaces at once
 * @param port where membership is agreed on; the next free one is taken if it is in use
 * @param busPort where the event bus listens, 0 for a free one
 * @param members addresses where others may be met first, {@code host} or {@code host:port}; one that lives suffices
 * @param announced where the others reach this node, if that is elsewhere
 */
record ClusterConfig(
        boolean enabled, String name, String host, int port, int busPort, List<String> members, Announced announced) {

    /**
     * What this node tells the others of itself: what stands between them may map addresses and ports, as containers do.
     *
     * @param host instead of the one that is listened on
     * @param port of the membership; 0 for the one that is listened on
     * @param busPort of the event bus; 0 for the one that is listened on
     */
    record Announced(String host, int port, int busPort) {}

    /** How many ports behind {@link #port} a node tries that finds it in use: nodes on one machine. */
    static final int PORTS = 20;

    ClusterConfig {
        members = List.copyOf(members);
    }

    /**
     * Reads {@code cluster.*}.
     *
     * @param database which must be one that other nodes reach too
     */
    static ClusterConfig from(Settings settings, DatabaseConfig database) {
        String host = settings.text(
                "cluster.host",
                "127.0.0.1",
                ClusterConfig::isOneAddress,
                "the one address of this machine that the other nodes reach");
        int port = settings.integer("cluster.port", 5701, 1, 65_535 - PORTS);
        List<String> members = settings.list("cluster.members", List.of());
        for (String member : members) {
            if (!member.matches("[\\w.-]+(:\\d{1,5})?|\\[[0-9a-fA-F:]+](:\\d{1,5})?")) {
                settings.reject(
                        "cluster.members", "expected addresses such as 10.0.0.7:5701, found \"%s\"".formatted(member));
            }
        }
        ClusterConfig config = new ClusterConfig(
                settings.flag("cluster.enabled", false),
                settings.text("cluster.name", "darkroom", name -> !name.isBlank(), "a name"),
                host,
                port,
                settings.integer("cluster.bus-port", 0, 0, 65_535),
                members,
                new Announced(
                        settings.text(
                                "cluster.public-host",
                                host,
                                ClusterConfig::isOneAddress,
                                "the one address at which the other nodes reach this one"),
                        settings.integer("cluster.public-port", 0, 0, 65_535),
                        settings.integer("cluster.public-bus-port", 0, 0, 65_535)));
        if (config.enabled() && database.embedded()) {
            settings.reject(
                    "cluster.enabled",
                    "several nodes need one PostgreSQL that all of them reach: set database.uri on each");
        }
        return config;
    }

    private static boolean isOneAddress(String address) {
        return !address.isEmpty() && !address.equals("0.0.0.0") && !address.equals("::");
    }
}
