package dev.darkroom.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** ONNX Runtime starts whatever Darkroom was started with. */
final class OnnxEnvironmentTest {

    @TempDir
    private Path folder;

    /** Starts ONNX Runtime, and prints on what it would compute. */
    public static void main(String[] args) throws ModelException {
        OnnxDevice device = OnnxDevice.detect(new DeviceConfig(DeviceConfig.Choice.CPU, 1, 0));
        System.out.println(device.description().name());
    }

    @Test
    void aCommandLineOfManyKilobytesIsBorne() throws Exception {
        for (int options : List.of(1, 40, 1000)) {
            // as many characters as a class path of all libraries has, and far more
            assertThat(started(Collections.nCopies(options, "-Dsome.option=" + "x".repeat(100))))
                    .as("%d options", options)
                    .isEqualTo("0: CPU, 1 thread");
        }
    }

    @Test
    void nothingIsKeptOfTheMachineOrSent() throws Exception {
        assertThat(started(List.of("-Djna.tmpdir=" + folder))).isEqualTo("0: CPU, 1 thread");
        try (Stream<Path> left = Files.walk(folder)) {
            assertThat(left.map(Path::toString)).noneMatch(file -> file.contains("onnxruntime"));
        }
    }

    /** Returns how such a process ended, and what it said. */
    private String started(List<String> options) throws Exception {
        String natives = System.getProperty("onnxruntime.native.path");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        if (natives != null) {
            command.add("-Donnxruntime.native.path=" + natives);
        }
        command.add(OnnxEnvironmentTest.class.getName());
        Path said = folder.resolve("said");
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(said.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .directory(folder.toFile());
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        builder.environment().put("HOME", folder.toString());
        builder.environment().remove("ORT_DISABLE_TELEMETRY");
        builder.environment().remove("XDG_CACHE_HOME");
        Process process = builder.start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ended").isTrue();
        } finally {
            process.destroyForcibly();
        }
        return process.exitValue() + ": "
                + Files.readString(said, StandardCharsets.UTF_8).strip();
    }
}
