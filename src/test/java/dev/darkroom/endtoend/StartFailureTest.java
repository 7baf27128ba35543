package dev.darkroom.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.model.TinyPipeline;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that can't start says why in one sentence, and its exit code says that it did. */
final class StartFailureTest {

    @TempDir
    Path home;

    @BeforeEach
    void makeAModel() throws Exception {
        TinyPipeline.write(home.resolve("models"), "tiny");
    }

    private List<String> complaints(int code, Map<String, String> settings) throws Exception {
        try (ServerProcess server = ServerProcess.start(home, settings)) {
            assertThat(server.exit()).as(server.lines().toString()).isEqualTo(code);
            assertThat(server.lines()).noneMatch(line -> line.startsWith("\tat ") || line.contains("Exception"));
            return server.lines().stream()
                    .filter(line -> line.contains(" ERROR "))
                    .toList();
        }
    }

    @Test
    void allMistakesInTheSettingsAreToldTogether() throws Exception {
        assertThat(complaints(2, Map.of("http.body-limit", "many", "sampler.threads", "-1", "no.such-key", "1")))
                .hasSizeGreaterThanOrEqualTo(3)
                .anyMatch(line -> line.contains("http.body-limit"))
                .anyMatch(line -> line.contains("sampler.threads"))
                .anyMatch(line -> line.contains("no.such-key"));
    }

    @Test
    void anOpenAddressNeedsAKey() throws Exception {
        assertThat(complaints(2, Map.of("http.host", "0.0.0.0")))
                .anyMatch(line -> line.contains("auth.keys") && line.contains("http.host"));
    }

    @Test
    void aMissingModelsFolderIsNamed() throws Exception {
        assertThat(complaints(1, Map.of("models.folder", "nowhere")))
                .singleElement()
                .asString()
                .contains("models.folder", home.resolve("nowhere").toString());
    }

    @Test
    void aBusyPortAndADatabaseInUseAreNamed() throws Exception {
        try (ServerProcess first = ServerProcess.start(home, Map.of())) {
            first.client();
            assertThat(complaints(1, Map.of()))
                    .singleElement()
                    .asString()
                    .contains("in use by another Darkroom, process " + first.process.pid());
        }
        try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            assertThat(complaints(1, Map.of("http.port", Integer.toString(busy.getLocalPort()))))
                    .singleElement()
                    .asString()
                    .contains("address is in use", "http.port");
        }
    }
}
