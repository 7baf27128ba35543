package dev.darkroom.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.settings.Settings;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What tracing.* may say. */
final class TracingConfigTest {

    @Test
    void nothingIsTracedUnlessItIsAskedFor() {
        Settings settings = new Settings(Map.of());
        assertThat(TracingConfig.from(settings))
                .isEqualTo(new TracingConfig(false, "http://127.0.0.1:4318", "darkroom", 1, false));
        assertThat(settings.mistakes()).isEmpty();
    }

    @Test
    void smallSharesAreReadAsYamlWritesThem() {
        Settings settings = new Settings(Map.of("tracing", Map.of("enabled", true, "sampling", 0.0001)));
        assertThat(TracingConfig.from(settings).sampling()).isEqualTo(0.0001);
        assertThat(settings.mistakes()).isEmpty();
    }

    @Test
    void mistakesAreToldTogether() {
        Settings settings = new Settings(
                Map.of("tracing", Map.of("endpoint", "collector:4318", "sampling", "1.5", "service-name", "")));
        TracingConfig.from(settings);
        assertThat(settings.mistakes())
                .hasSize(3)
                .anyMatch(mistake -> mistake.startsWith("tracing.endpoint: expected a URL"))
                .anyMatch(mistake -> mistake.startsWith("tracing.sampling: expected a number from 0 to 1"))
                .anyMatch(mistake -> mistake.startsWith("tracing.service-name: expected a name"));
    }
}
