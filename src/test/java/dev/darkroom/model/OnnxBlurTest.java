package dev.darkroom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OrtException;
import dev.darkroom.diffusion.JavaBlur;
import dev.darkroom.testing.RecordedLog;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OnnxBlurTest {

    private static final EdgePreservingBlur JAVA = new JavaBlur();
    private static final String FULL = "Failed to allocate memory for requested buffer of size 54525952";
    private static CpuBlur graph;

    /** Calls that fail as ONNX Runtime's do, while a test wants it. */
    private static final class FailingCall extends RunningCall {
        private @Nullable String failure;

        @Override
        <T> T run(Call<T> call) throws OrtException {
            if (failure != null) {
                throw new OrtException(failure);
            }
            return super.run(call);
        }
    }

    @RegisterExtension
    final RecordedLog log = new RecordedLog(OnnxBlur.class);

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    @BeforeAll
    static void openGraph() throws ModelException {
        graph = new CpuBlur(1);
    }

    @AfterAll
    static void closeGraph() {
        graph.close();
    }

    /** Makes rows of different contrast and level: what one row has must not reach another. */
    private float[][] rows(int rows, int channels, int height, int width) {
        float[][] made = new float[rows][channels * height * width];
        for (int row = 0; row < rows; row++) {
            double deviation = Math.exp(2 * random.nextGaussian());
            double level = random.nextGaussian();
            for (int i = 0; i < made[row].length; i++) {
                made[row][i] = (float) (level + deviation * random.nextGaussian());
            }
        }
        return made;
    }

    private static float[][] copy(float[][] rows) {
        return Arrays.stream(rows).map(float[]::clone).toArray(float[][]::new);
    }

    private static float greatest(float[] values) {
        float greatest = 0;
        for (float value : values) {
            greatest = Math.max(greatest, Math.abs(value));
        }
        return greatest;
    }

    @ParameterizedTest
    @CsvSource({
        "1, 4, 64, 64",
        "3, 4, 64, 64",
        "3, 4, 37, 51",
        "2, 12, 20, 9",
        "1, 1, 13, 40",
        "3, 4, 7, 8",
        "2, 4, 5, 6",
        "1, 3, 1, 2",
        "2, 2, 1, 1"
    })
    void theGraphBlursAsPlainJavaDoes(int rows, int channels, int height, int width) throws ModelException {
        float[][] edges = rows(rows, channels, height, width);
        float[][] guide = copy(edges);
        float[][] pictures = rows(rows, channels, height, width);
        float[][] expected = copy(pictures);
        assertThat(JAVA.apply(expected, copy(edges), rows, channels, height, width))
                .isTrue();
        assertThat(graph.apply(pictures, edges, rows, channels, height, width)).isTrue();
        for (int row = 0; row < rows; row++) {
            // Java's exponential is 1e-5 at most from the true one
            assertThat(pictures[row])
                    .as("row %d, seed %d", row, seed)
                    .containsExactly(expected[row], within(3e-5f * greatest(expected[row])));
        }
        assertThat(edges).isDeepEqualTo(guide);
    }

    @Test
    void aRowIsTheSameInAnyCompanyAndShapesMayTakeTurns() throws ModelException {
        float[][] edges = rows(5, 4, 16, 24);
        float[][] together = rows(5, 4, 16, 24);
        float[][] alone = copy(together);
        graph.apply(together, edges, 5, 4, 16, 24);
        for (int row = 0; row < 5; row++) {
            float[][] other = rows(2, 4, 24, 16);
            graph.apply(other, copy(other), 2, 4, 24, 16);
            float[][] one = {alone[row]};
            graph.apply(one, new float[][] {edges[row]}, 1, 4, 16, 24);
            assertThat(together[row])
                    .as("row %d, seed %d", row, seed)
                    .containsExactly(one[0], within(1e-6f * greatest(one[0])));
        }
    }

    @Test
    void rowsBeyondThoseInUseAreLeftAlone() throws ModelException {
        float[][] pictures = rows(3, 4, 8, 8);
        float[] third = pictures[2].clone();
        assertThat(graph.apply(pictures, rows(3, 4, 8, 8), 2, 4, 8, 8)).isTrue();
        assertThat(pictures[2]).isEqualTo(third);
    }

    @Test
    void aGuideWithoutEdgesMakesAGaussianBlur() throws ModelException {
        float[][] dot = new float[1][15 * 15];
        dot[0][7 * 15 + 7] = 1;
        float[][] flat = new float[1][15 * 15];
        Arrays.fill(flat[0], 0.3f);
        graph.apply(dot, flat, 1, 1, 15, 15);
        double all = 0;
        for (int x = -6; x <= 6; x++) {
            all += Math.exp(-x * x / 18.0);
        }
        assertThat((double) dot[0][7 * 15 + 7]).isCloseTo(1 / (all * all), within(1e-6));
        assertThat((double) dot[0][5 * 15 + 10]).isCloseTo(Math.exp(-13 / 18.0) / (all * all), within(1e-6));
        assertThat(dot[0][7 * 15]).as("seven away").isZero();
    }

    @Test
    void numbersThatAreNoneStayInTheirRow() throws ModelException {
        float[][] edges = rows(2, 4, 16, 16);
        float[][] pictures = rows(2, 4, 16, 16);
        float[][] expected = {pictures[1].clone()};
        graph.apply(expected, new float[][] {edges[1].clone()}, 1, 4, 16, 16);
        edges[0][5] = Float.NaN;
        graph.apply(pictures, edges, 2, 4, 16, 16);
        assertThat(pictures[0][700]).isNaN();
        assertThat(pictures[1]).as("seed %d", seed).containsExactly(expected[0], within(1e-6f * greatest(expected[0])));
    }

    @Test
    void whatTheDeviceCannotDoIsLeftToJavaFromThenOn() throws ModelException {
        try (CpuBlur failing = new CpuBlur(1)) {
            float[][] pictures = rows(1, 1, 8, 8);
            float[][] kept = copy(pictures);
            assertThat(failing.apply(pictures, pictures, 1, 1 << 10, 1 << 10, 1 << 10))
                    .isFalse();
            assertThat(failing.apply(pictures, pictures, 1, 1, 8, 8)).isFalse();
            assertThat(pictures).isDeepEqualTo(kept);
        }
    }

    @Test
    void whatDoesNotFitTheMemoryIsLeftToJavaAndTriedAgainAtTheNextCall() throws ModelException {
        FailingCall running = new FailingCall();
        try (CpuBlur full = new CpuBlur(1, running)) {
            float[][] edges = rows(2, 4, 9, 8);
            float[][] pictures = rows(2, 4, 9, 8);
            float[][] kept = copy(pictures);
            float[][] expected = copy(pictures);
            assertThat(graph.apply(expected, edges, 2, 4, 9, 8)).isTrue();
            for (int time = 1; time <= 3; time++) {
                running.failure = FULL;
                assertThat(full.apply(pictures, edges, 2, 4, 9, 8)).isFalse();
                assertThat(pictures).as("untouched").isDeepEqualTo(kept);
                running.failure = null;
                float[][] again = copy(kept);
                assertThat(full.apply(again, edges, 2, 4, 9, 8)).isTrue();
                assertThat(again).as("seed %d", seed).isDeepEqualTo(expected);
            }
        }
        assertThat(log.lines()).singleElement().asString().contains("memory", FULL);
    }

    @Test
    void aTrialWithoutRoomIsNoReasonToGiveUpOnTheDevice() throws ModelException {
        FailingCall running = new FailingCall();
        running.failure = FULL;
        try (CpuBlur blur = new CpuBlur(1, running)) {
            float[][] pictures = rows(1, 1, 8, 8);
            float[][] expected = copy(pictures);
            running.failure = null;
            assertThat(blur.apply(pictures, copy(expected), 1, 1, 8, 8)).isTrue();
            graph.apply(expected, copy(expected), 1, 1, 8, 8);
            assertThat(pictures).as("seed %d", seed).isDeepEqualTo(expected);
        }
    }

    @Test
    void aTrialThatFailsOtherwiseLeavesSharpnessToJavaWithAWarning() {
        FailingCall running = new FailingCall();
        running.failure = "no kernel image is available for execution on the device";
        assertThatThrownBy(() -> new CpuBlur(1, running)).hasMessage("the blur's graph does not work here");
        assertThat(log.lines())
                .singleElement()
                .asString()
                .contains("until the model is loaded again", "no kernel image");
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    void aCancelledBlurIsNoReasonToGiveUpOnTheDevice() throws Exception {
        RunningCall running = new RunningCall();
        AtomicBoolean over = new AtomicBoolean();
        Thread canceller = new Thread(() -> {
            while (!over.get()) {
                running.cancel();
                Thread.onSpinWait();
            }
        });
        try (CpuBlur blur = new CpuBlur(1, running)) {
            float[][] pictures = rows(2, 4, 32, 32);
            float[][] kept = copy(pictures);
            canceller.start();
            boolean cancelled = false;
            try {
                while (!cancelled) {
                    try {
                        assertThat(blur.apply(pictures, copy(kept), 2, 4, 32, 32))
                                .isTrue();
                        pictures = copy(kept);
                    } catch (ModelException ended) {
                        cancelled = true;
                    }
                }
            } finally {
                over.set(true);
                canceller.join();
            }
            assertThat(pictures).isDeepEqualTo(kept);
            assertThat(blur.apply(pictures, kept, 2, 4, 32, 32)).isTrue();
        }
    }

    @Test
    void aModelOnTheCpuHasNone(@TempDir Path models) throws Exception {
        OnnxModelLoader loader = new OnnxModelLoader(new DeviceConfig(DeviceConfig.Choice.CPU, 1, 0));
        try (LoadedModel model = loader.load(TinyPipeline.write(models, "tiny"))) {
            assertThat(model.blur()).isNull();
        }
    }
}
