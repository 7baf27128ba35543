package dev.darkroom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.settings.Settings;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ClusterConfigTest {

    @Test
    void severalNodesNeedADatabaseThatAllOfThemReach() {
        assertThatThrownBy(() -> Configuration.from(
                        new Settings(Map.of("cluster.enabled", true, "cluster.secret", "s".repeat(16)))))
                .isInstanceOf(ConfigurationException.class)
                .hasMessage("cluster.enabled: several nodes need one PostgreSQL that all of them reach:"
                        + " set database.uri on each");
    }

    @Test
    void aNodeIsAloneAndDoesEverythingUnlessToldOtherwise() throws Exception {
        Configuration configuration = Configuration.from(new Settings(Map.of()));
        assertThat(configuration.cluster().enabled()).isFalse();
        assertThat(configuration.cluster().host()).isEqualTo("127.0.0.1");
        assertThat(configuration.roles()).isEqualTo(new Roles(true, true));
    }

    @Test
    void rolesAreHttpAndSampler() throws Exception {
        assertThat(Configuration.from(new Settings(Map.of("roles", "http"))).roles())
                .isEqualTo(new Roles(true, false));
        assertThat(Configuration.from(new Settings(Map.of("roles", "sampler"))).roles())
                .isEqualTo(new Roles(false, true));
        assertThat(Configuration.from(new Settings(Map.of("sampler.enabled", false)))
                        .roles())
                .isEqualTo(new Roles(true, false));
        assertThatThrownBy(() -> Configuration.from(new Settings(Map.of("roles", "http,painter"))))
                .hasMessage("roles: expected http, sampler or both, found [http, painter]");
        assertThatThrownBy(() -> Configuration.from(new Settings(Map.of("roles", "sampler", "sampler.enabled", false))))
                .hasMessageStartingWith("roles: ");
    }

    @Test
    void othersAreToldWhatThisNodeListensOnUnlessPortsAreMapped() throws Exception {
        assertThat(Configuration.from(new Settings(Map.of("cluster.host", "10.0.0.7")))
                        .cluster()
                        .announced())
                .isEqualTo(new ClusterConfig.Announced("10.0.0.7", 0, 0));
        assertThat(Configuration.from(new Settings(Map.of(
                                "cluster.host",
                                "172.17.0.2",
                                "cluster.public-host",
                                "10.0.0.7",
                                "cluster.public-port",
                                31_001,
                                "cluster.public-bus-port",
                                31_002)))
                        .cluster()
                        .announced())
                .isEqualTo(new ClusterConfig.Announced("10.0.0.7", 31_001, 31_002));
        assertThatThrownBy(() -> Configuration.from(new Settings(Map.of("cluster.public-host", "0.0.0.0"))))
                .hasMessageStartingWith("cluster.public-host: ");
    }

    @Test
    void addressesAreChecked() {
        assertThatThrownBy(() -> Configuration.from(
                        new Settings(Map.of("cluster.host", "0.0.0.0", "cluster.members", "10.0.0.7:5701, not one"))))
                .hasMessageContaining("cluster.host: ")
                .hasMessageContaining("cluster.members: expected addresses such as 10.0.0.7:5701, found \"not one\"");
    }
}
