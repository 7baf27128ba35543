package dev.darkroom.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Clients in Python, with the calls of {@code requests} that the originals' documentation shows. */
@ExtendWith(ConformanceServer.Shared.class)
final class ClientSnippetsTest {

    private static final Path SNIPPETS = Path.of("src", "test", "python");

    private final ConformanceServer server;

    @TempDir
    Path folder;

    ClientSnippetsTest(ConformanceServer server) {
        this.server = server;
    }

    private record Ended(int code, String output) {}

    private Ended run(String... command) throws Exception {
        Path output = Files.createTempFile(folder, "python", ".txt");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(2, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new AssertionError("the client does not end: " + Files.readString(output));
        }
        return new Ended(process.exitValue(), Files.readString(output));
    }

    private List<String> lines(String snippet, Wire wire, String... more) throws Exception {
        assumeTrue(hasRequests(), "python3 with requests is not installed here, so its snippets are not run");
        List<String> command =
                new ArrayList<>(List.of("python3", SNIPPETS.resolve(snippet).toString(), wire.base, "key of ann"));
        command.addAll(List.of(more));
        Ended ended = run(command.toArray(String[]::new));
        assertThat(ended.code()).as(ended.output()).isZero();
        return ended.output().lines().toList();
    }

    private boolean hasRequests() throws Exception {
        try {
            return run("python3", "-c", "import requests").code() == 0;
        } catch (IOException noPython) {
            return false;
        }
    }

    @Test
    @Fact(number = "1.4-19", text = "A Python client that asks for bytes gets them.")
    void thePythonClientForBytesRuns() throws Exception {
        Path picture = folder.resolve("cat.png");
        lines("image.py", server.ann, picture.toString());
        assertThat(Files.readAllBytes(picture)).startsWith(0x89, 'P', 'N', 'G');
    }

    @Test
    @Fact(
            number = "1.4-20",
            text =
                    "A Python client that reads the stream by chunks and splits it at newlines sees progress, previews and addresses.")
    void thePythonClientForStreamsRuns() throws Exception {
        List<String> lines = lines("stream.py", server.ann);
        assertThat(lines.get(0)).startsWith("1 Waiting for task to start");
        assertThat(lines).anyMatch(line -> line.matches("\\d+ Sampling step 4/4, image 1/1 ... preview"));
        assertThat(lines.get(lines.size() - 1)).startsWith("100 Finished " + server.ann.base + "/outputs/");
    }

    @Test
    @Fact(number = "1.4-21", text = "A Python client that queues a task and asks for it gets its record.")
    void thePythonClientForAsyncTasksRuns() throws Exception {
        List<String> lines = lines("async.py", server.ann);
        assertThat(lines.get(0)).isEqualTo("pending");
        assertThat(lines.get(lines.size() - 1)).startsWith("finished " + server.ann.base + "/outputs/");
    }

    @Test
    @Fact(number = "2.4-16", text = "A Python client of the older API gets results, bytes and jobs.")
    void thePythonClientOfTheOlderApiRuns() throws Exception {
        List<String> lines = lines("legacy.py", server.legacy);
        assertThat(lines).hasSize(4);
        assertThat(lines.get(0)).startsWith("SUCCESS 7 " + server.legacy.base + "/files/");
        assertThat(lines.get(1)).isEqualTo("PNG");
        assertThat(lines.get(2)).isEqualTo("WAITING");
        assertThat(lines.get(3)).startsWith("SUCCESS 100 " + server.legacy.base + "/files/");
    }

    @Test
    void theSnippetsAreThere() throws Exception {
        for (String snippet : List.of("image.py", "stream.py", "async.py", "legacy.py")) {
            assertThat(Files.readString(SNIPPETS.resolve(snippet), StandardCharsets.UTF_8))
                    .contains("import requests");
        }
    }
}
