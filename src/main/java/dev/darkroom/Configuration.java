package dev.darkroom;

import dev.darkroom.http.AccessLogConfig;
import dev.darkroom.http.AuthConfig;
import dev.darkroom.http.HttpConfig;
import dev.darkroom.http.legacy.LegacyConfig;
import dev.darkroom.http.webhook.WebhookConfig;
import dev.darkroom.model.DeviceConfig;
import dev.darkroom.model.ModelsConfig;
import dev.darkroom.output.OutputConfig;
import dev.darkroom.output.SharingConfig;
import dev.darkroom.prompt.PromptConfig;
import dev.darkroom.settings.Settings;
import dev.darkroom.settings.SettingsException;
import dev.darkroom.settings.SettingsFile;
import dev.darkroom.store.DatabaseConfig;
import dev.darkroom.store.RetentionConfig;
import dev.darkroom.trace.TracingConfig;
import dev.darkroom.worker.SamplerConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Every room's configuration, read once at start. */
public record Configuration(
        Roles roles,
        ClusterConfig cluster,
        HttpConfig http,
        LegacyConfig legacy,
        AuthConfig auth,
        DatabaseConfig database,
        ModelsConfig models,
        DeviceConfig device,
        SamplerConfig sampler,
        OutputConfig output,
        PromptConfig prompt,
        WebhookConfig webhooks,
        SharingConfig sharing,
        RetentionConfig retention,
        AccessLogConfig accessLog,
        TracingConfig tracing) {

    private static final Path FILE = Path.of("conf", "darkroom.yaml");

    /**
     * Reads {@code conf/darkroom.yaml} below {@code home}, or the file that the property {@code darkroom.conf} or the
     * variable {@code DARKROOM_CONF} names, and lays the environment and the system properties over it. Without any of
     * these every setting has its default.
     *
     * @throws ConfigurationException with every mistake
     */
    public static Configuration read(Path home, Map<String, String> environment, Map<String, String> properties)
            throws ConfigurationException {
        String named = properties.getOrDefault("darkroom.conf", environment.get("DARKROOM_CONF"));
        Path file = home.resolve(named == null ? FILE : Path.of(named));
        try {
            Map<String, Object> values = named == null && Files.notExists(file) ? Map.of() : SettingsFile.read(file);
            return from(new Settings(values, environment, properties));
        } catch (SettingsException unreadable) {
            throw new ConfigurationException(List.of(unreadable.getMessage()));
        }
    }

    /**
     * Lets every room read its own settings.
     *
     * @throws ConfigurationException with every mistake
     */
    public static Configuration from(Settings settings) throws ConfigurationException {
        HttpConfig http = HttpConfig.from(settings);
        DatabaseConfig database = DatabaseConfig.from(settings);
        SamplerConfig sampler = SamplerConfig.from(settings);
        Configuration configuration = new Configuration(
                Roles.from(settings, sampler.enabled()),
                ClusterConfig.from(settings, database),
                http,
                LegacyConfig.from(settings, http),
                AuthConfig.from(settings, http),
                database,
                ModelsConfig.from(settings),
                DeviceConfig.from(settings),
                sampler,
                OutputConfig.from(settings),
                PromptConfig.from(settings),
                WebhookConfig.from(settings),
                SharingConfig.from(settings),
                RetentionConfig.from(settings),
                AccessLogConfig.from(settings),
                TracingConfig.from(settings));
        List<String> mistakes = settings.mistakes();
        if (!mistakes.isEmpty()) {
            throw new ConfigurationException(mistakes);
        }
        return configuration;
    }
}
