package dev.darkroom.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.model.TinyPipeline;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A node that is alone does not carry what only several need. */
final class LoadedClassesTest {

    @TempDir
    Path home;

    @Test
    void aNodeThatIsAloneLoadsNothingOfHazelcast() throws Exception {
        TinyPipeline.write(home.resolve("models"), "tiny");
        Path classes = home.resolve("classes.txt");
        try (ServerProcess server = ServerProcess.start(
                home, Map.of(), List.of("-Xlog:class+load=info:file=" + classes + "::filecount=0"))) {
            Client client = server.client();
            String task = client.queue(new JsonObject().put("prompt", "a cat").put("image_seed", 7));
            assertThat(client.ended(task).getString("status")).isEqualTo("finished");
        }
        try (Stream<String> lines = Files.lines(classes)) {
            List<String> loaded = lines.filter(line -> line.contains("dev.darkroom.Server ")
                            || line.contains(" com.hazelcast.")
                            || line.contains(" io.vertx.spi.cluster."))
                    .toList();
            assertThat(loaded).singleElement().asString().contains("dev.darkroom.Server ");
        }
    }
}
