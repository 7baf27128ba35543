package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MultiplyAddTest {

    @TempDir
    private Path folder;

    /** Prints what is left of a square behind its first 24 bits: 0 where it was rounded to them before the addition. */
    public static void main(String[] args) {
        float root = 1 + 0x1p-12f;
        System.out.println(MultiplyAdd.of(root, root, -(1 + 0x1p-11f)) == 0 ? "rounded twice" : "rounded once");
    }

    @Test
    void theProductIsAddedToTheLastNumber() {
        float[] numbers = new float[3000];
        new NoiseSource(1).draw(0, numbers);
        for (int i = 0; i < numbers.length; i += 3) {
            double product = (double) numbers[i] * numbers[i + 1];
            assertThat((double) MultiplyAdd.of(numbers[i], numbers[i + 1], numbers[i + 2]))
                    .as("%s * %s + %s", numbers[i], numbers[i + 1], numbers[i + 2])
                    .isCloseTo(product + numbers[i + 2], within(1.2e-7 * (Math.abs(product) + 4)));
        }
    }

    @Test
    void withoutSuchAnInstructionItIsAMultiplicationAndAnAddition() throws Exception {
        assertThat(printed(List.of("-XX:-UseFMA"))).isEqualTo("rounded twice");
    }

    @Test
    void aJavaMachineThatHasItIsAskedForIt() throws Exception {
        String flags = printed(List.of("-XX:+PrintFlagsFinal"));
        boolean has = flags.lines().anyMatch(line -> line.matches("\\s*bool UseFMA\\s*= true.*"));
        assertThat(flags).endsWith(has ? "rounded once" : "rounded twice");
    }

    private String printed(List<String> options) throws Exception {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.add(MultiplyAddTest.class.getName());
        Path printed = folder.resolve("printed");
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectOutput(printed.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
        Process process = builder.start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ended").isTrue();
        } finally {
            process.destroyForcibly();
        }
        return Files.readString(printed, StandardCharsets.UTF_8).strip();
    }
}
