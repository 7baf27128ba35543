package dev.darkroom.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The expected numbers are CPython's. */
class PythonRandomTest {

    private static final List<Integer> SEVENTEEN =
            IntStream.range(0, 17).boxed().toList();

    @Test
    void choicesAreFooocus() {
        assertThat(sixChoices(0)).containsExactly(12, 13, 1, 8, 16, 15);
        assertThat(sixChoices(12345)).containsExactly(13, 0, 9, 11, 6, 8);
        assertThat(sixChoices(Long.MAX_VALUE)).containsExactly(10, 4, 15, 14, 3, 15);
    }

    private static List<Integer> sixChoices(long seed) {
        PythonRandom random = new PythonRandom(seed);
        return IntStream.range(0, 6).mapToObj(i -> random.choice(SEVENTEEN)).toList();
    }

    @Test
    void seedsOfAnySizeAndSignGivePythonsBits() {
        check(BigInteger.ZERO, 3626764237L, 1654615998L, 3255389356L, 0.890243920837131, 43469773);
        check(BigInteger.ONE, 577090037L, 2444712010L, 3639700191L, 0.8022650611681835, 67760436);
        check(BigInteger.ONE.shiftLeft(32), 485306839L, 1508871100L, 1794561286L, 0.9347212762883035, 24504771);
        check(BigInteger.valueOf(Long.MAX_VALUE), 1359979423L, 2819855560L, 2711238091L, 0.1326851532128024, 527139959);
        check(
                BigInteger.ONE.shiftLeft(100).add(BigInteger.valueOf(7)),
                1786885132L,
                353954449L,
                1403444918L,
                0.534976792012681,
                376112831);
        check(BigInteger.valueOf(-5), 2675342405L, 1097127993L, 3185950873L, 0.35853551175589526, 741361655);
    }

    private static void check(BigInteger seed, long first, long second, long third, double fourth, int fifth) {
        PythonRandom random = new PythonRandom(seed);
        assertThat(List.of(random.bits(32), random.bits(32), random.bits(32))).containsExactly(first, second, third);
        assertThat(random.nextDouble()).isEqualTo(fourth);
        assertThat(random.below(1_000_000_007)).isEqualTo(fifth);
    }

    @Test
    void shufflesAreInPythonsOrder() {
        PythonRandom random = new PythonRandom(42);
        List<Integer> numbers = new ArrayList<>(IntStream.range(0, 10).boxed().toList());
        random.shuffle(numbers);
        assertThat(numbers).containsExactly(7, 3, 2, 8, 5, 6, 9, 4, 0, 1);
        assertThat(random.bits(7)).isEqualTo(75);
    }

    @Test
    void nothingIsDrawnFromNothing() {
        PythonRandom random = new PythonRandom(1);
        assertThatThrownBy(() -> random.below(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> random.bits(33)).isInstanceOf(IllegalArgumentException.class);
        assertThat(random.below(1)).isZero();
    }
}
