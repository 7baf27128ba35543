package dev.darkroom.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/** A small dose of {@link Chaos}, of about a minute; {@code -Ddarkroom.test.chaos=false} leaves it out. */
@DisabledIfSystemProperty(named = "darkroom.test.chaos", matches = "false")
final class ChaosTest {

    @TempDir
    Path folder;

    @Test
    void everyTaskEndsOnceWithThePictureOfAnUndisturbedRun() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        System.out.println("chaos of seed " + seed);
        try (ChaosRun run = new ChaosRun(ChaosPlan.small(seed), folder, System.out::println)) {
            ChaosReport report = run.run();
            System.out.println(report.table());
            assertThat(report.bars())
                    .allSatisfy(bar -> assertThat(bar.holds())
                            .as("%s: %s", bar.promise(), bar.measured())
                            .isTrue());
        }
    }
}
