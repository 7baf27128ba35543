package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class SoftwareTest {

    @Test
    void theBuildWritesItsVersion() {
        assertThat(Software.NAME).matches("Darkroom \\d+\\.\\d+\\.\\d+(-SNAPSHOT)?");
    }
}
