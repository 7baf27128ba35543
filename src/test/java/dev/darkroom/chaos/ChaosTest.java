package dev.darkroom.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** A small dose of {@link Chaos}, of about a minute, where {@code -Ddarkroom.test.chaos=true} asks for it. */
@EnabledIfSystemProperty(named = "darkroom.test.chaos", matches = "true")
final class ChaosTest {

    @TempDir
    Path folder;

    @Test
    void everyTaskEndsOnceWithThePictureOfAnUndisturbedRun() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        System.out.println("chaos of seed " + seed);
        ChaosPlan plan = ChaosPlan.small(seed);
        try (ChaosRun run = new ChaosRun(plan, folder, System.out::println)) {
            ChaosReport report = run.run();
            System.out.println(report.table());
            assertThat(report.finished()).isEqualTo(plan.tasks());
            assertThat(report.endedTwice()).isZero();
            assertThat(report.different()).isEmpty();
            assertThat(report.resumed()).isPositive();
            assertThat(report.streamsEnded()).isEqualTo(report.streams());
            // a loaded machine takes longer than the five seconds of the benchmark
            assertThat(report.drainMillis())
                    .allMatch(millis -> millis < Duration.ofSeconds(11).toMillis());
        }
    }
}
