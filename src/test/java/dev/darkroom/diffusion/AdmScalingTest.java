package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class AdmScalingTest {

    @Test
    void earlyStepsTellEachPromptItsOwnSize() {
        AdmScaling scaling = AdmScaling.STOCK;
        assertThat(scaling.timeIds(1152, 896, true, true)).containsExactly(1344, 1728, 0, 0, 896, 1152);
        assertThat(scaling.timeIds(1000, 900, false, true)).containsExactly(720, 800, 0, 0, 896, 1024);
    }

    @Test
    void laterStepsTellTheTrueSizeInWholeBlocks() {
        assertThat(AdmScaling.STOCK.timeIds(1000, 900, true, false)).containsExactly(896, 1024, 0, 0, 896, 1024);
    }

    @Test
    void theEndIsAShareOfTheTimesteps() {
        assertThat(AdmScaling.STOCK.appliesAt(999, 999)).isTrue();
        assertThat(AdmScaling.STOCK.appliesAt(699.4, 999)).isTrue();
        assertThat(AdmScaling.STOCK.appliesAt(699, 999)).isFalse();
        assertThat(AdmScaling.NONE.appliesAt(999, 999)).isFalse();
    }

    @Test
    void numbersOutOfRangeAreRefused() {
        assertThatThrownBy(() -> new AdmScaling(3.1, 1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new AdmScaling(1, -0.1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new AdmScaling(1, 1, Double.NaN)).isInstanceOf(IllegalArgumentException.class);
    }
}
