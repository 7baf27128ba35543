package dev.darkroom;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** What operators copy from deploy/ agrees with itself and with the server's settings. */
class DeployFilesTest {

    private static final Path DEPLOY = Path.of("deploy");
    private static final Pattern VARIABLE = Pattern.compile("DARKROOM_[A-Z_]+[A-Z]");
    private static final Set<String> OF_THE_LAUNCHER =
            Set.of("DARKROOM_CONF", "DARKROOM_OPTS", "DARKROOM_HOME", "DARKROOM_LOG_LEVEL");

    private static List<Map<String, Object>> manifests() throws IOException {
        List<Map<String, Object>> manifests = new ArrayList<>();
        Yaml yaml = new Yaml(new SafeConstructor(new LoaderOptions()));
        for (Object document : yaml.loadAll(Files.readString(DEPLOY.resolve("kubernetes/darkroom.yaml")))) {
            manifests.add(map(document));
        }
        return manifests;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object value) {
        assertThat(value).isInstanceOf(Map.class);
        return (Map<String, Object>) value;
    }

    @SuppressWarnings("unchecked")
    private static List<Object> list(Object value) {
        assertThat(value).isInstanceOf(List.class);
        return (List<Object>) value;
    }

    private static Object at(Object value, Object... path) {
        Object here = value;
        for (Object step : path) {
            here = step instanceof Integer index
                    ? list(here).get(index)
                    : map(here).get(step);
        }
        return here;
    }

    /** Tells which of these variables and settings the server does not know. */
    private static List<String> unknown(Map<String, ?> values, Map<String, String> variables) {
        try {
            Configuration.from(new Settings(values, variables, Map.of()));
            return List.of();
        } catch (ConfigurationException mistakes) {
            return mistakes.getMessage()
                    .lines()
                    .filter(line -> line.contains("there is no such setting"))
                    .toList();
        }
    }

    @Test
    void everyVariableNamedThereIsASetting() throws Exception {
        Map<String, String> variables = new TreeMap<>();
        for (String file : List.of(
                "docker/Dockerfile", "systemd/darkroom.service", "kubernetes/darkroom.yaml", "../docs/operations.md")) {
            Matcher named = VARIABLE.matcher(Files.readString(DEPLOY.resolve(file)));
            while (named.find()) {
                variables.put(named.group(), "1");
            }
        }
        assertThat(variables.keySet()).contains("DARKROOM_DATABASE_FOLDER", "DARKROOM_CLUSTER_SECRET");
        variables.keySet().removeAll(OF_THE_LAUNCHER);
        assertThat(unknown(Map.of(), variables)).isEqualTo(notYet(variables));
    }

    @Test
    void everySettingNamedInTheGuidesIsTheServers() throws Exception {
        Set<String> groups = new HashSet<>();
        Matcher keys = Pattern.compile("`([a-z-]+\\.[a-z-]+)(?:: [^`]*)?`")
                .matcher(
                        Files.readString(Path.of("docs/cluster.md")) + Files.readString(Path.of("docs/operations.md")));
        Map<String, String> properties = new TreeMap<>();
        while (keys.find()) {
            properties.put("darkroom." + keys.group(1), "1");
        }
        // names of files, by what they end with, and of what spans tell
        properties
                .keySet()
                .removeIf(name -> name.matches(".*\\.(html|yaml|md|service|conf|gz)|darkroom\\.darkroom\\..*"));
        properties.keySet().forEach(name -> groups.add(name.split("\\.")[1]));
        assertThat(groups).contains("cluster", "sampler", "database", "http", "retention", "queue");
        try {
            Configuration.from(new Settings(Map.of(), Map.of(), properties));
        } catch (ConfigurationException mistakes) {
            assertThat(mistakes.getMessage()).doesNotContain("there is no such setting");
        }
    }

    /** What belongs to joining nodes, where this server does not know it. */
    private static List<String> notYet(Map<String, String> variables) {
        Map<String, String> joining = new HashMap<>(variables);
        joining.keySet().retainAll(Set.of("DARKROOM_ROLES"));
        return unknown(Map.of(), joining);
    }

    @Test
    void theManifestsSettingsAreTheServers() throws Exception {
        Map<String, Object> configured = map(new Yaml(new SafeConstructor(new LoaderOptions()))
                .load((String) at(manifests().get(0), "data", "darkroom.yaml")));
        Map<String, Object> known = new HashMap<>(configured);
        Map<String, Object> cluster = new HashMap<>(map(configured.get("cluster")));
        cluster.remove("members");
        known.put("cluster", cluster);
        assertThat(unknown(known, Map.of())).isEmpty();
    }

    @Test
    void servicesFindTheirPodsAndProbesTheirPorts() throws Exception {
        Set<String> components = new HashSet<>();
        for (Map<String, Object> manifest : manifests()) {
            assertThat(manifest).containsKeys("apiVersion", "kind", "metadata");
            if (!"StatefulSet".equals(manifest.get("kind"))) {
                continue;
            }
            Object labels = at(manifest, "spec", "template", "metadata", "labels");
            assertThat(at(manifest, "spec", "selector", "matchLabels")).isEqualTo(labels);
            assertThat(at(manifest, "spec", "template", "spec", "enableServiceLinks"))
                    .as("the services' variables begin with DARKROOM_ too")
                    .isEqualTo(false);
            components.add((String) map(labels).get("app.kubernetes.io/component"));
            Map<String, Object> container = map(at(manifest, "spec", "template", "spec", "containers", 0));
            List<Object> ports = list(container.get("ports")).stream()
                    .map(port -> at(port, "name"))
                    .toList();
            for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
                Map<String, Object> how = map(container.get(probe));
                Object port = how.containsKey("httpGet") ? at(how, "httpGet", "port") : at(how, "tcpSocket", "port");
                assertThat(ports).contains(port);
            }
            Set<Object> volumes = new HashSet<>();
            list(at(manifest, "spec", "template", "spec", "volumes"))
                    .forEach(volume -> volumes.add(at(volume, "name")));
            list(at(manifest, "spec", "volumeClaimTemplates"))
                    .forEach(claim -> volumes.add(at(claim, "metadata", "name")));
            list(container.get("volumeMounts"))
                    .forEach(mount -> assertThat(volumes).contains(at(mount, "name")));
        }
        assertThat(components).containsExactlyInAnyOrder("api", "sampler");
    }

    @Test
    void theUnitIsOneThatSystemdAccepts() throws Exception {
        List<String> lines = Files.readAllLines(DEPLOY.resolve("systemd/darkroom.service"));
        assertThat(lines).allMatch(line -> line.isEmpty() || line.matches("#.*|\\[\\w+]|[A-Za-z0-9]+=.*"));
        assertThat(lines).contains("NoNewPrivileges=true", "ProtectSystem=strict", "KillMode=mixed");
        if (!Files.isExecutable(Path.of("/usr/bin/systemd-analyze"))) {
            return;
        }
        // the program is not installed here; all else is judged
        Path unit = Files.createTempDirectory("unit").resolve("darkroom.service");
        Files.writeString(
                unit, String.join("\n", lines).replace("ExecStart=/opt/darkroom/bin/darkroom", "ExecStart=/bin/true"));
        Process check = new ProcessBuilder("systemd-analyze", "verify", "--man=no", unit.toString())
                .redirectErrorStream(true)
                .start();
        String told = new String(check.getInputStream().readAllBytes());
        assertThat(check.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(told.lines().filter(line -> line.contains("darkroom.service:")))
                .isEmpty();
    }

    @Test
    void aContainerStartsWithTheBuiltInModelInWhateverFolderItsModelsAre(@TempDir Path folder) throws Exception {
        String dockerfile = Files.readString(DEPLOY.resolve("docker/Dockerfile"));
        Path start = DEPLOY.resolve("docker/start");
        assertThat(dockerfile)
                .contains(
                        "DARKROOM_MODELS_FOLDER=/srv/darkroom/models",
                        "VOLUME /srv/darkroom",
                        "ENTRYPOINT [\"sh\", \"/opt/darkroom/deploy/docker/start\"]")
                .doesNotContain("ENTRYPOINT [\"/opt/darkroom/bin/darkroom\"]");
        Path home = Files.createDirectories(folder.resolve("opt/darkroom/bin")).getParent();
        Files.createDirectories(home.resolve("models/emoji"));
        Path script = folder.resolve("start");
        Files.writeString(script, Files.readString(start).replace("/opt/darkroom", home.toString()));
        Path server = home.resolve("bin/darkroom");
        Files.writeString(
                server, "#!/bin/sh\necho \"started with $*\"; ls \"$DARKROOM_MODELS_FOLDER\" 2>/dev/null || true\n");
        assertThat(server.toFile().setExecutable(true)).isTrue();
        Path models = folder.resolve("srv/models");
        assertThat(started(script, models)).isEqualTo("started with models list\nemoji\n");
        assertThat(models.resolve("emoji")).isSymbolicLink();
        assertThat(started(script, models)).isEqualTo("started with models list\nemoji\n");
        // an empty disk, or a start that ended before the model was linked
        Path empty = folder.resolve("empty");
        Files.createDirectories(empty.resolve("lost+found"));
        assertThat(started(script, empty)).isEqualTo("started with models list\nemoji\nlost+found\n");
        // whoever has a model is left with it
        Path own = folder.resolve("own");
        Files.createDirectories(own.resolve("mine"));
        assertThat(started(script, own)).isEqualTo("started with models list\nmine\n");
        // a folder that can't be written to, here as there is a file in its place
        Path none = Files.createFile(folder.resolve("none"));
        assertThat(started(script, none.resolve("models")))
                .contains("the built-in one can't be linked", "started with models list");
    }

    private static String started(Path script, Path models) throws Exception {
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", script.toString(), "models", "list");
        builder.environment().put("DARKROOM_MODELS_FOLDER", models.toString());
        Process process = builder.redirectErrorStream(true).start();
        String told = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).as(told).isTrue();
        assertThat(process.exitValue()).as(told).isZero();
        return told;
    }

    @Test
    void whatTheImageSetsIsSetAnewWhereTheManifestsWantSomethingElse() throws Exception {
        // the environment wins over the file, so that a ConfigMap can't say otherwise
        Map<String, String> image = new TreeMap<>();
        Matcher set = Pattern.compile("(DARKROOM_[A-Z_]+)=(\\S+)")
                .matcher(Files.readString(DEPLOY.resolve("docker/Dockerfile")).replaceAll("(?m)^#.*$", ""));
        while (set.find()) {
            image.put(set.group(1), set.group(2));
        }
        assertThat(image).containsKeys("DARKROOM_MODELS_FOLDER", "DARKROOM_OUTPUT_FOLDER");
        String file = (String) at(manifests().get(0), "data", "darkroom.yaml");
        map(new Yaml(new SafeConstructor(new LoaderOptions())).load(file))
                .forEach((group, settings) -> map(settings)
                        .keySet()
                        .forEach(name -> assertThat(image)
                                .doesNotContainKey(("DARKROOM_" + group + "_" + name)
                                        .replace('-', '_')
                                        .toUpperCase(Locale.ROOT))));
    }

    @Test
    void nginxOfDebian12ReadsItsExample() throws Exception {
        assertThat(Files.readAllLines(DEPLOY.resolve("proxy/nginx.conf")))
                .as("the directive http2 came with nginx 1.25.1")
                .noneMatch(line -> line.strip().startsWith("http2 "))
                .anyMatch(line -> line.strip().startsWith("listen 443 ssl http2;"));
    }

    @Test
    void proxiesLetStreamsThroughAndKeepMetricsInside() throws Exception {
        String nginx = Files.readString(DEPLOY.resolve("proxy/nginx.conf"));
        assertThat(nginx.chars().filter(c -> c == '{').count())
                .isEqualTo(nginx.chars().filter(c -> c == '}').count());
        assertThat(nginx).contains("proxy_buffering    off;", "location = /metrics", "ssl_protocols");
        assertThat(Files.readString(DEPLOY.resolve("proxy/Caddyfile")))
                .contains("flush_interval -1", "respond /metrics");
    }
}
