package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NoiseSourceTest {

    static Stream<JsonNode> recorded() {
        return Goldens.entries("noise");
    }

    @ParameterizedTest
    @MethodSource("recorded")
    void drawsAreThoseOfPyTorchAndOfTheDocumentedStream(JsonNode entry) {
        float[] drawn = new float[entry.get("length").intValue()];
        new NoiseSource(entry.get("seed").longValue()).draw(entry.get("index").intValue(), drawn);
        double[] expected = Goldens.doubles(entry.get("values"));
        for (int i = 0; i < drawn.length; i++) {
            assertThat((double) drawn[i]).as("number %d", i).isCloseTo(expected[i], within(1e-6));
        }
    }

    static Stream<JsonNode> recordedLatents() {
        return Goldens.entries("large_noise");
    }

    @ParameterizedTest
    @MethodSource("recordedLatents")
    void aWholeLatentIsThatOfPyTorch(JsonNode entry) {
        float[] drawn = new float[entry.get("length").intValue()];
        new NoiseSource(entry.get("seed").longValue()).draw(0, drawn);
        double sum = 0;
        double squares = 0;
        for (float value : drawn) {
            sum += value;
            squares += (double) value * value;
        }
        assertThat(sum).isCloseTo(entry.get("sum").doubleValue(), within(1e-3));
        assertThat(squares).isCloseTo(entry.get("squares").doubleValue(), within(1e-3));
        double[] last = Goldens.doubles(entry.get("last"));
        for (int i = 0; i < last.length; i++) {
            assertThat((double) drawn[drawn.length - last.length + i]).isCloseTo(last[i], within(1e-6));
        }
    }

    @Test
    void laterDrawsAreNormalAndIndependent() {
        float[] a = new float[200_000];
        float[] b = new float[a.length];
        NoiseSource source = new NoiseSource(42);
        source.draw(1, a);
        source.draw(2, b);
        double mean = 0;
        double second = 0;
        double fourth = 0;
        double product = 0;
        for (int i = 0; i < a.length; i++) {
            double x = a[i];
            mean += x / a.length;
            second += x * x / a.length;
            fourth += x * x * x * x / a.length;
            product += x * b[i] / a.length;
        }
        assertThat(mean).isCloseTo(0, within(0.01));
        assertThat(second).isCloseTo(1, within(0.02));
        assertThat(fourth).isCloseTo(3, within(0.1));
        assertThat(product).isCloseTo(0, within(0.01));
    }

    @Test
    void theQuantileHoldsInTheFarTails() {
        assertThat(quantile(0x1p-54)).isCloseTo(-8.29236f, within(1e-5f));
        assertThat(quantile(1e-12)).isCloseTo(-7.0344838f, within(1e-5f));
        assertThat(quantile(0.5)).isZero();
        assertThat(quantile(0x1p-53)).isFinite();
        assertThat(quantile(1 - 0x1p-53)).isEqualTo(-quantile(0x1p-53));
        assertThat(quantile(0.975)).isCloseTo(1.959964f, within(1e-6f));
    }

    @Test
    void theQuantileIsTheOneOfTheExactLogarithm() {
        for (int i = 1; i < 2000; i++) {
            double p = 0.925 + 0.074 * i / 2000;
            double r = Math.sqrt(-StrictMath.log(1 - p)) - 1.6;
            double expected = (((0.17023821103 * r + 1.3067284816) * r + 2.7568153900) * r + 1.4234372777)
                    / ((0.12021132975 * r + 0.73700164250) * r + 1);
            assertThat((double) quantile(p)).as("p %s", p).isCloseTo(expected, within(2e-7));
        }
    }

    private static float quantile(double p) {
        float[] quantile = new float[1];
        NormalQuantile.fill(new double[] {p - 0.5}, quantile, 0, 1);
        return quantile[0];
    }
}
