package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class JointBilateralFilterTest {

    static Stream<JsonNode> recorded() {
        return Goldens.entries("blur");
    }

    @ParameterizedTest
    @MethodSource("recorded")
    void blursAsKorniaDoes(JsonNode entry) {
        assertThat(Goldens.blurError(entry)).isLessThan(2e-5);
    }

    @Test
    void aFlatPictureStaysFlat() {
        float[] picture = new float[2 * 7 * 9];
        Arrays.fill(picture, 3.5f);
        float[] blurred = JointBilateralFilter.of(2, 7, 9).blur(picture, picture);
        assertThat(blurred).containsOnly(new float[] {3.5f}, within(1e-5f));
    }

    /** Their deviation is a small difference of large sums, which may come out below zero. */
    @Test
    void aFlatPictureOfNumbersThatBinaryFractionsMissStaysFlat() {
        float[] picture = new float[4 * 64 * 64];
        Arrays.fill(picture, 0.1f);
        float[] blurred = JointBilateralFilter.of(4, 64, 64).blur(picture, picture);
        assertThat(blurred).containsOnly(new float[] {0.1f}, within(1e-6f));
    }

    @Test
    void aGuideFarFromZeroBlursAsOneAroundIt() {
        float[] picture = new float[4 * 9 * 9];
        float[] edges = new float[picture.length];
        new NoiseSource(10).draw(0, picture);
        new NoiseSource(11).draw(0, edges);
        for (int i = 0; i < edges.length; i++) {
            edges[i] += 1000;
        }
        float[] expected = plain(picture, edges, 4, 9, 9);
        float[] blurred = JointBilateralFilter.of(4, 9, 9).blur(picture, edges);
        for (int i = 0; i < picture.length; i++) {
            assertThat(blurred[i]).as("number %d", i).isCloseTo(expected[i], within(1e-4f));
        }
    }

    @Test
    void whatLiesBeyondAnEdgeOfTheGuideDoesNotMixIn() {
        int side = 16;
        float[] picture = new float[4 * side * side];
        float[] edges = new float[picture.length];
        for (int i = 0; i < picture.length; i++) {
            // the differences of four channels add up: an edge of two deviations each is one of eight
            edges[i] = i % side < side / 2 ? -1 : 1;
            picture[i] = i % side < side / 2 ? 10 : 20;
        }
        float[] blurred = JointBilateralFilter.of(4, side, side).blur(picture, edges);
        for (int i = 0; i < picture.length; i++) {
            assertThat(blurred[i]).isCloseTo(i % side < side / 2 ? 10 : 20, within(0.4f));
        }
    }

    @Test
    void oneNumberFarBeyondAllOthersKeepsToItself() {
        int side = 64;
        float[] picture = new float[4 * side * side];
        float[] edges = new float[picture.length];
        new NoiseSource(7).draw(0, picture);
        new NoiseSource(8).draw(0, edges);
        picture[1000] = 1e6f;
        edges[1000] = 1e6f;
        float[] expected = plain(picture, edges, 4, side, side);
        float[] blurred = JointBilateralFilter.of(4, side, side).blur(picture, edges);
        for (int i = 0; i < picture.length; i++) {
            assertThat(blurred[i])
                    .as("number %d", i)
                    .isCloseTo(expected[i], within(1e-6f * Math.max(100, expected[i])));
        }
    }

    @Test
    void theNumberOfBandsChangesNoNumber() {
        int height = 70;
        int width = 64;
        float[] picture = new float[4 * height * width];
        float[] edges = new float[picture.length];
        new NoiseSource(3).draw(0, picture);
        new NoiseSource(4).draw(0, edges);
        float[] whole = new JointBilateralFilter(4, height, width, 1, 1, Runnable::run).blur(picture, edges);
        for (int bands : new int[] {2, 3, 5, height}) {
            float[] cut = new JointBilateralFilter(
                            4, height, width, Math.min(bands, 4), bands, ForkJoinPool.commonPool())
                    .blur(picture, edges);
            assertThat(cut).as("%d bands", bands).isEqualTo(whole);
        }
    }

    @Test
    void theWidthOfPartsChangesNoNumber() {
        int channels = 6;
        int height = 20;
        int width = 100;
        float[] picture = new float[channels * height * width];
        float[] edges = new float[picture.length];
        new NoiseSource(15).draw(0, picture);
        new NoiseSource(16).draw(0, edges);
        float[] whole = blurInParts(picture, edges, channels, height, width, List.of(100));
        for (List<Integer> columns : List.of(List.of(50, 50), List.of(1, 99), List.of(59, 34, 7))) {
            float[] cut = blurInParts(picture, edges, channels, height, width, columns);
            assertThat(cut).as("parts of %s columns", columns).isEqualTo(whole);
        }
    }

    private static float[] blurInParts(
            float[] picture, float[] edges, int channels, int height, int width, List<Integer> columns) {
        BilateralTile tile = new BilateralTile(channels, height, width, Collections.max(columns));
        float[] blurred = new float[picture.length];
        int left = 0;
        for (int wide : columns) {
            BilateralTile.Part part = new BilateralTile.Part(0, height, left, wide);
            tile.blur(picture, edges, part, () -> false);
            tile.copyResult(part, blurred);
            left += wide;
        }
        return blurred;
    }

    /** The second is cut into parts of different widths, and more channels than share an array. */
    @ParameterizedTest
    @CsvSource({"4, 37, 41", "6, 37, 129"})
    void whatAPictureLeftBehindIsInNoLaterOne(int channels, int height, int width) {
        float[] picture = new float[channels * height * width];
        new NoiseSource(9).draw(0, picture);
        float[] expected = JointBilateralFilter.of(channels, height, width).blur(picture, picture);
        JointBilateralFilter used = JointBilateralFilter.of(channels, height, width);
        float[] none = new float[picture.length];
        Arrays.fill(none, Float.NaN);
        used.blur(none, none);
        assertThat(used.blur(picture, picture)).isEqualTo(expected);
    }

    @Test
    void aPictureThatIsTooShortLeavesNothingBehind() {
        int side = 64;
        float[] picture = new float[4 * side * side];
        new NoiseSource(14).draw(0, picture);
        float[] expected = JointBilateralFilter.of(4, side, side).blur(picture, picture);
        JointBilateralFilter used = JointBilateralFilter.of(4, side, side);
        assertThatThrownBy(() -> used.blur(new float[1], picture)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(used.blur(picture, picture)).isEqualTo(expected);
    }

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void whoIsLateWithAPartOfOnePictureSpoilsNoLaterOne() throws Exception {
        int channels = 8;
        int height = 128;
        int width = 96;
        List<float[]> pictures = new ArrayList<>();
        List<float[]> expected = new ArrayList<>();
        JointBilateralFilter alone = new JointBilateralFilter(channels, height, width, 1, 1, Runnable::run);
        for (int seed = 20; seed < 24; seed++) {
            float[] picture = new float[channels * height * width];
            new NoiseSource(seed).draw(0, picture);
            pictures.add(picture);
            expected.add(alone.blur(picture, picture).clone());
        }
        ExecutorService threads = Executors.newCachedThreadPool();
        JointBilateralFilter shared = new JointBilateralFilter(channels, height, width, 4, 6, threads);
        AtomicBoolean over = new AtomicBoolean();
        List<Thread> busy = new ArrayList<>();
        // they take cores from helpers amid their parts
        for (int thread = 0; thread < 2 * Runtime.getRuntime().availableProcessors(); thread++) {
            Thread spinning = new Thread(() -> {
                while (!over.get()) {
                    Thread.onSpinWait();
                }
            });
            spinning.setDaemon(true);
            busy.add(spinning);
        }
        try {
            busy.forEach(Thread::start);
            for (int i = 0; i < 60; i++) {
                float[] picture = pictures.get(i % pictures.size());
                float[] blurred = shared.blur(picture, picture);
                assertThat(blurred).as("blur %d", i).isEqualTo(expected.get(i % pictures.size()));
            }
        } finally {
            over.set(true);
            threads.shutdown();
            for (Thread thread : busy) {
                thread.join();
            }
        }
    }

    @Test
    void helpersThatStartOnlyAfterTheirBlurChangeNothing() {
        int side = 40;
        float[] picture = new float[4 * side * side];
        float[] other = new float[picture.length];
        new NoiseSource(24).draw(0, picture);
        new NoiseSource(25).draw(0, other);
        float[] expected = new JointBilateralFilter(4, side, side, 1, 1, Runnable::run).blur(picture, picture);
        List<Runnable> later = new ArrayList<>();
        JointBilateralFilter filter = new JointBilateralFilter(4, side, side, 3, 4, later::add);
        filter.blur(other, other);
        float[] blurred = filter.blur(picture, picture);
        assertThat(later).hasSize(4);
        later.forEach(Runnable::run);
        assertThat(blurred).isEqualTo(expected);
        assertThat(filter.blur(picture, picture)).isEqualTo(expected);
    }

    /**
     * Wider and higher than the parts that are blurred at a time, of more channels than share an array, and smaller than the
     * window, so that its rows and columns are mirrored more than once.
     */
    @ParameterizedTest
    @CsvSource({
        "4, 64, 64",
        "4, 64, 128",
        "4, 112, 144",
        "4, 33, 129",
        "2, 20, 150",
        "6, 35, 257",
        "6, 70, 37",
        "16, 9, 11",
        "3, 33, 65",
        "1, 1, 1",
        "1, 1, 40",
        "2, 40, 1",
        "4, 3, 5",
        "5, 2, 7"
    })
    void aPictureOfAnySizeIsBlurredAsThePlainFormulaSays(int channels, int height, int width) {
        float[] picture = new float[channels * height * width];
        float[] edges = new float[picture.length];
        new NoiseSource(5).draw(0, picture);
        new NoiseSource(6).draw(0, edges);
        float[] expected = plain(picture, edges, channels, height, width);
        float[] blurred = JointBilateralFilter.of(channels, height, width).blur(picture, edges);
        for (int i = 0; i < picture.length; i++) {
            assertThat(blurred[i]).as("number %d", i).isCloseTo(expected[i], within(1e-4f));
        }
    }

    /** Each position with all that are six or fewer away. */
    private static float[] plain(float[] picture, float[] edges, int channels, int height, int width) {
        int size = height * width;
        double mean = 0;
        for (float edge : edges) {
            mean += edge / (double) edges.length;
        }
        double squares = 0;
        for (float edge : edges) {
            squares += (edge - mean) * (edge - mean);
        }
        double colours = 3 * (Math.sqrt(squares / Math.max(1, edges.length - 1)) + 1e-5);
        float[] blurred = new float[picture.length];
        for (int at = 0; at < size; at++) {
            double weights = 0;
            double[] sums = new double[channels];
            for (int near = 0; near < 13 * 13; near++) {
                int down = near / 13 - 6;
                int right = near % 13 - 6;
                int other = mirrored(at / width + down, height) * width + mirrored(at % width + right, width);
                double apart = 0;
                for (int c = 0; c < channels; c++) {
                    apart += Math.abs(edges[c * size + at] - edges[c * size + other]);
                }
                double weight =
                        Math.exp(-(down * down + right * right) / 18.0 - apart * apart / (2 * colours * colours));
                weights += weight;
                for (int c = 0; c < channels; c++) {
                    sums[c] += weight * picture[c * size + other];
                }
            }
            for (int c = 0; c < channels; c++) {
                blurred[c * size + at] = (float) (sums[c] / weights);
            }
        }
        return blurred;
    }

    private static int mirrored(int index, int length) {
        int inside = length == 1 ? 0 : index;
        while (inside < 0 || inside >= length) {
            inside = inside < 0 ? -inside : 2 * (length - 1) - inside;
        }
        return inside;
    }
}
