package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HeadStartTest {

    private static final int LOOPS = 52;
    private static final int PARTS = 200;

    private long now;
    private final HeadStart headStart = new HeadStart(() -> now);

    @Test
    void mostLoopsBeginWhereTheyAreFastest() {
        for (int fastest = 1; fastest <= HeadStart.MOST; fastest += 2) {
            int atFastest = 0;
            for (int part = 0; part < PARTS; part++) {
                atFastest += blur(fastest, new HashSet<>());
            }
            assertThat(atFastest).isGreaterThan(PARTS * LOOPS * 8 / 10);
        }
    }

    @Test
    void allPlacesAreTriedAndNoOthers() {
        Set<Integer> tried = new HashSet<>();
        for (int part = 0; part < PARTS; part++) {
            blur(5, tried);
        }
        assertThat(tried).containsExactlyInAnyOrder(1, 3, 5, 7, 9, 11, 13, 15);
    }

    @Test
    void oneSlowLoopAmongFastOnesSaysNothing() {
        headStart.startPart();
        for (int loop = 0; loop < LOOPS; loop++) {
            int before = headStart.begin();
            now += before == 7 && loop > 20 ? 1000 : 20 + Math.abs(before - 7);
            headStart.end();
        }
        headStart.startPart();
        assertThat(headStart.known()).isEqualTo(7);
        assertThat(headStart.begin()).isEqualTo(7);
    }

    /** The garbage collector moves arrays. */
    @Test
    void aPlaceThatIsFastestNoMoreIsLeft() {
        for (int part = 0; part < PARTS; part++) {
            blur(3, new HashSet<>());
        }
        for (int part = 0; part < PARTS; part++) {
            blur(11, new HashSet<>());
        }
        headStart.startPart();
        assertThat(headStart.begin()).isEqualTo(11);
    }

    /** Returns how many loops of a part began at the fastest place. */
    private int blur(int fastest, Set<Integer> tried) {
        int atFastest = 0;
        headStart.startPart();
        for (int loop = 0; loop < LOOPS; loop++) {
            int before = headStart.begin();
            tried.add(before);
            atFastest += before == fastest ? 1 : 0;
            now += before == fastest ? 10 : 12;
            headStart.end();
        }
        return atFastest;
    }
}
