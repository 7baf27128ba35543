package dev.darkroom.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsTest {

    @Test
    void aMissingKeyHasItsDefault() {
        Settings settings = new Settings(Map.of());

        assertThat(settings.integer("http.port", 7866, 0, 65535)).isEqualTo(7866);
        assertThat(settings.text("http.host", "127.0.0.1")).isEqualTo("127.0.0.1");
        assertThat(settings.flag("http.on", true)).isTrue();
        assertThat(settings.list("http.cors-origins", List.of("a"))).containsExactly("a");
        assertThat(settings.map("models.aliases")).isEmpty();
        assertThat(settings.mistakes()).isEmpty();
    }

    @Test
    void unitsAreReadAsTypes() {
        Settings settings = new Settings(Map.of(
                "a", Map.of("short", "500 ms", "long", "7d", "minutes", "5 m"),
                "b", Map.of("kilo", "512 kB", "mebi", "20MiB", "bare", 17)));

        assertThat(settings.duration("a.short", Duration.ZERO)).isEqualTo(Duration.ofMillis(500));
        assertThat(settings.duration("a.long", Duration.ZERO)).isEqualTo(Duration.ofDays(7));
        assertThat(settings.duration("a.minutes", Duration.ZERO)).isEqualTo(Duration.ofMinutes(5));
        assertThat(settings.size("b.kilo", 0)).isEqualTo(512_000);
        assertThat(settings.size("b.mebi", 0)).isEqualTo(20 << 20);
        assertThat(settings.size("b.bare", 0)).isEqualTo(17);
        assertThat(settings.mistakes()).isEmpty();
    }

    @Test
    void theEnvironmentWinsOverTheFileAndPropertiesWinOverBoth() {
        Settings settings = new Settings(
                Map.of("http", Map.of("port", 1, "host", "file", "public-url", "file")),
                Map.of("DARKROOM_HTTP_PORT", "2", "DARKROOM_HTTP_PUBLIC_URL", "environment", "PATH", "/bin"),
                Map.of("darkroom.http.port", "3", "java.home", "/jdk"));

        assertThat(settings.integer("http.port", 0, 0, 9)).isEqualTo(3);
        assertThat(settings.text("http.public-url", "")).isEqualTo("environment");
        assertThat(settings.text("http.host", "")).isEqualTo("file");
        assertThat(settings.mistakes()).isEmpty();
    }

    @Test
    void listsAndMapsCanComeFromTheEnvironment() {
        Settings settings = new Settings(
                Map.of(),
                Map.of(
                        "DARKROOM_AUTH_KEYS", "[{name: ann, sha256: 00ff}]",
                        "DARKROOM_MODELS_ALIASES", "{a.safetensors: emoji}",
                        "DARKROOM_HTTP_CORS_ORIGINS", "http://a, http://b"),
                Map.of());

        assertThat(settings.entries("auth.keys"))
                .singleElement()
                .extracting("name")
                .isEqualTo("ann");
        assertThat(settings.map("models.aliases")).containsEntry("a.safetensors", "emoji");
        assertThat(settings.list("http.cors-origins", List.of())).containsExactly("http://a", "http://b");
        assertThat(settings.mistakes()).isEmpty();
    }

    @Test
    void everyMistakeIsToldWithItsKey() {
        Settings settings = new Settings(
                Map.of("http", Map.of("port", "many", "prot", 1), "sampler", Map.of("lease", "soon")),
                Map.of("DARKROOM_HTTP_PROT", "1", "DARKROOM_OPTS", "-Xmx1g"),
                Map.of("darkroom.http.prot", "1", "darkroom.home", "/srv"));

        settings.integer("http.port", 7866, 0, 65535);
        settings.duration("sampler.lease", Duration.ofSeconds(30));

        assertThat(settings.mistakes())
                .containsExactly(
                        "http.port: expected a whole number from 0 to 65535, found \"many\"",
                        "sampler.lease: expected a duration such as 500 ms, 10 s, 5 m, 2 h or 7 d, found \"soon\"",
                        "DARKROOM_HTTP_PROT: there is no such setting",
                        "darkroom.http.prot: there is no such setting",
                        "http.prot: there is no such setting");
    }

    @Test
    void aMalformedFileIsToldWithItsLine(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("darkroom.yaml"), "http:\n  port: 1\n  port: 2\n");

        assertThatThrownBy(() -> SettingsFile.read(file))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("line 3")
                .hasMessageContaining("duplicate key port");
        assertThatThrownBy(() -> SettingsFile.read(folder.resolve("none.yaml")))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("There is no settings file");
    }
}
