package dev.darkroom.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.settings.Settings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OutputConfigTest {

    @Test
    void withoutSettingsPicturesGoBesideTheServer() {
        Settings settings = new Settings(Map.of());
        assertThat(OutputConfig.from(settings))
                .isEqualTo(new OutputConfig(Path.of("outputs"), Path.of("inputs"), true, Duration.ofHours(1)));
        assertThat(settings.mistakes()).isEmpty();
    }

    @Test
    void settingsAreRead() {
        Settings settings = new Settings(Map.of("output", Map.of("folder", "/srv/pictures", "sweep-after", "5 m")));
        assertThat(OutputConfig.from(settings))
                .isEqualTo(new OutputConfig(Path.of("/srv/pictures"), Path.of("inputs"), true, Duration.ofMinutes(5)));
        assertThat(settings.mistakes()).isEmpty();
    }

    @Test
    void mistakesAreToldByTheirKey() {
        Settings settings = new Settings(Map.of("output", Map.of("folder", "a\0b", "sweep-after", "0 s")));
        OutputConfig.from(settings);
        assertThat(settings.mistakes())
                .hasSize(2)
                .anyMatch(mistake -> mistake.startsWith("output.folder: "))
                .anyMatch(mistake -> mistake.startsWith("output.sweep-after: "));
    }
}
