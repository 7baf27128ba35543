package dev.darkroom;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.NetworkConfig;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.spi.cluster.hazelcast.ConfigUtil;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.List;
import java.util.Properties;

/**
 * Makes the membership that an event bus between nodes stands on: Hazelcast, found by a list of addresses, silent
 * towards its maker, and bound to one address. Membership decides nothing about tasks; leases in PostgreSQL do.
 */
final class ClusteredBus {

    /** A member that says nothing for so long is taken for dead; a process that ends is noticed at once. */
    private static final int SILENT_SECONDS = 15;

    private static final String LOGGING = "hazelcast.logging.type";

    private ClusteredBus() {}

    static ClusterManager manager(ClusterConfig cluster) {
        // read before any configuration is
        if (System.getProperty(LOGGING) == null) {
            System.setProperty(LOGGING, "slf4j");
        }
        Config config = ConfigUtil.loadConfig();
        config.setClusterName(cluster.name());
        Properties properties = config.getProperties();
        properties.setProperty("hazelcast.phone.home.enabled", "false");
        // Darkroom leaves in order itself
        properties.setProperty("hazelcast.shutdownhook.enabled", "false");
        // the member list is known, so that there is nobody to wait for
        properties.setProperty("hazelcast.wait.seconds.before.join", "0");
        properties.setProperty("hazelcast.heartbeat.interval.seconds", "2");
        properties.setProperty("hazelcast.max.no.heartbeat.seconds", Integer.toString(SILENT_SECONDS));
        // halves that lost each other become one again soon after they meet
        properties.setProperty("hazelcast.merge.first.run.delay.seconds", "10");
        properties.setProperty("hazelcast.merge.next.run.delay.seconds", "10");
        // a few registrations are all it keeps
        properties.setProperty("hazelcast.operation.thread.count", "2");
        properties.setProperty("hazelcast.operation.generic.thread.count", "2");
        properties.setProperty("hazelcast.io.thread.count", "1");
        properties.setProperty("hazelcast.event.thread.count", "1");
        properties.setProperty("hazelcast.partition.count", "31");
        properties.setProperty("hazelcast.socket.bind.any", "false");
        network(config.getNetworkConfig(), cluster);
        return new HazelcastClusterManager(config);
    }

    private static void network(NetworkConfig network, ClusterConfig cluster) {
        ClusterConfig.Announced announced = cluster.announced();
        network.setPort(cluster.port())
                // an announced port leads to one port only
                .setPortAutoIncrement(announced.port() == 0)
                .setPortCount(ClusterConfig.PORTS)
                .setReuseAddress(true)
                .setPublicAddress(
                        announced.port() == 0
                                ? announced.host()
                                : "%s:%d".formatted(bracketed(announced.host()), announced.port()));
        network.getInterfaces().setEnabled(true).addInterface(cluster.host());
        JoinConfig join = network.getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        // where a port is missing, the first three are tried
        join.getTcpIpConfig()
                .setEnabled(true)
                .setMembers(cluster.members().isEmpty() ? List.of(cluster.host()) : cluster.members());
    }

    static EventBusOptions options(ClusterConfig cluster) {
        ClusterConfig.Announced announced = cluster.announced();
        EventBusOptions options = new EventBusOptions()
                .setHost(cluster.host())
                .setPort(cluster.busPort())
                .setClusterPublicHost(announced.host())
                // a node that is gone without a word is noticed by its silence
                .setClusterPingInterval(5_000)
                .setClusterPingReplyInterval(5_000)
                .setConnectTimeout(2_000);
        return announced.busPort() == 0 ? options : options.setClusterPublicPort(announced.busPort());
    }

    private static String bracketed(String host) {
        return host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    }
}
