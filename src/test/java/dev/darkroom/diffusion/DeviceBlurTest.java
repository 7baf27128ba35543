package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.model.Conditioning;
import dev.darkroom.model.CpuBlur;
import dev.darkroom.model.DenoiserBatch;
import dev.darkroom.model.EdgePreservingBlur;
import dev.darkroom.model.ModelException;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.model.Prediction;
import dev.darkroom.task.TaskId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sharpness where the model's device has a blur of its own. */
class DeviceBlurTest {

    private static final int HEIGHT = 16;
    private static final int WIDTH = 11;

    private record Wish(String sampler, long seed, Guidance guidance, boolean negative) {}

    private static final List<Wish> WISHES = List.of(
            new Wish("euler", 1, new Guidance(5, 0, 7, 40), true),
            new Wish("dpmpp_2m", 2, Guidance.of(4), true),
            new Wish("heun", 3, new Guidance(3, 0.5, 7, 2), true),
            new Wish("euler", 4, new Guidance(5, 0, 7, 40), false),
            new Wish("dpmpp_2m_sde", 5, new Guidance(6, 0, 2, 200), true));

    private static ModelTraits traits(Prediction prediction) {
        return Goldens.traits(prediction, Goldens.training("scaled_linear", false, "leading"), 4);
    }

    private static Conditioning text(float value) {
        return new Conditioning(new float[] {value}, 1, 1);
    }

    /** A network whose answers have edges: what is above the text's number is seen as picture, the rest as noise. */
    private static void network(DenoiserBatch batch) {
        for (int row = 0; row < batch.rows(); row++) {
            float threshold = batch.conditionings()[row].hiddenStates()[0];
            float[] latent = batch.latents()[row];
            float[] output = batch.outputs()[row];
            for (int i = 0; i < latent.length; i++) {
                output[i] = latent[i] > threshold ? 0.2f * latent[i] : 0.9f * latent[i];
            }
        }
    }

    private static List<Row> rows(ModelTraits traits) {
        return rows(traits, 5, WISHES);
    }

    private static List<Row> rows(ModelTraits traits, int steps, List<Wish> wishes) {
        List<Row> rows = new ArrayList<>();
        for (Wish wish : wishes) {
            SamplingPlan plan = new SamplingPlan(
                    8 * WIDTH,
                    8 * HEIGHT,
                    wish.sampler(),
                    "karras",
                    steps,
                    wish.guidance().scale());
            rows.add(new Row(
                    TaskId.random(),
                    0,
                    text(0.1f),
                    wish.negative() ? text(0.7f) : null,
                    wish.guidance(),
                    Samplers.create(plan, traits, wish.seed()),
                    HEIGHT,
                    WIDTH));
        }
        return rows;
    }

    private static StepLoop loop(ModelTraits traits, @Nullable EdgePreservingBlur blur) {
        return new StepLoop(new ScriptedModel(traits, DeviceBlurTest::network, blur));
    }

    private static List<Row> finished(StepLoop loop, ModelTraits traits) throws ModelException {
        List<Row> rows = rows(traits);
        finish(loop, rows);
        return rows;
    }

    private static void finish(StepLoop loop, List<Row> rows) throws ModelException {
        List<Row> running = new ArrayList<>(rows);
        while (!running.isEmpty()) {
            loop.turn(running);
            running.removeIf(row -> row.sampler().done());
        }
    }

    private static double farthest(float[] a, float[] b) {
        double farthest = 0;
        for (int i = 0; i < a.length; i++) {
            farthest = Math.max(farthest, Math.abs(a[i] - b[i]));
        }
        return farthest;
    }

    @ParameterizedTest
    @EnumSource
    void rowsWithAndWithoutSharpnessShareCallsAndGetTheSamePictures(Prediction prediction) throws ModelException {
        ModelTraits traits = traits(prediction);
        List<Integer> calls = new ArrayList<>();
        List<Row> expected = finished(loop(traits, null), traits);
        try (CpuBlur graph = new CpuBlur(1)) {
            List<Row> rows = finished(
                    loop(traits, (pictures, edges, count, channels, height, width) -> {
                        calls.add(count);
                        return graph.apply(pictures, edges, count, channels, height, width);
                    }),
                    traits);
            for (int i = 0; i < rows.size(); i++) {
                float[] latent = rows.get(i).sampler().latent();
                assertThat(latent)
                        .as("%s", WISHES.get(i))
                        .containsExactly(expected.get(i).sampler().latent(), within(2e-4f));
            }
        }
        // three rows want it, but not in pure noise; Heun's method makes four calls more
        assertThat(calls).containsExactly(3, 3, 3, 3, 1, 1, 1, 1);
    }

    @Test
    void sharpnessMakesADifference() throws ModelException {
        ModelTraits traits = traits(Prediction.EPSILON);
        List<Row> plain = finished(loop(traits, null), traits);
        List<Row> untouched = finished(loop(traits, (p, e, rows, channels, height, width) -> true), traits);
        for (int i = 0; i < plain.size(); i++) {
            Wish wish = WISHES.get(i);
            double farthest = farthest(
                    plain.get(i).sampler().latent(), untouched.get(i).sampler().latent());
            if (wish.negative() && wish.guidance().sharpness() > 0) {
                assertThat(farthest).as("%s", wish).isGreaterThan(5e-3);
            } else {
                assertThat(farthest).as("%s", wish).isZero();
            }
        }
    }

    @Test
    void aDeviceThatCannotBlurLeavesItToJava() throws ModelException {
        ModelTraits traits = traits(Prediction.V);
        List<Row> expected = finished(loop(traits, null), traits);
        List<Row> rows = finished(loop(traits, (p, e, count, channels, height, width) -> false), traits);
        for (int i = 0; i < rows.size(); i++) {
            assertThat(rows.get(i).sampler().latent())
                    .isEqualTo(expected.get(i).sampler().latent());
        }
    }

    @Test
    void aDeviceWithoutRoomAtTimesIsAskedAgainAtTheNextCall() throws ModelException {
        ModelTraits traits = traits(Prediction.EPSILON);
        List<Row> expected = finished(loop(traits, null), traits);
        EdgePreservingBlur java = new JavaBlur();
        List<Boolean> done = new ArrayList<>();
        List<Row> rows = finished(
                loop(traits, (pictures, edges, count, channels, height, width) -> {
                    done.add(done.size() % 2 == 1 && java.apply(pictures, edges, count, channels, height, width));
                    return done.get(done.size() - 1);
                }),
                traits);
        assertThat(done).startsWith(false, true, false, true);
        for (int i = 0; i < rows.size(); i++) {
            assertThat(rows.get(i).sampler().latent())
                    .as("%s", WISHES.get(i))
                    .isEqualTo(expected.get(i).sampler().latent());
        }
    }

    @Test
    void aCancelledBlurMovesNoRowAndTheNextCallIsAsIfNothingHadBeen() throws ModelException {
        ModelTraits traits = traits(Prediction.EPSILON);
        List<Row> expected = finished(loop(traits, new JavaBlur()), traits);
        EdgePreservingBlur java = new JavaBlur();
        StepLoop loop = loop(traits, (pictures, edges, count, channels, height, width) -> {
            if (count > 1) {
                throw new ModelException("cancelled");
            }
            return java.apply(pictures, edges, count, channels, height, width);
        });
        List<Row> rows = rows(traits);
        int failures = 0;
        while (rows.stream().anyMatch(row -> !row.sampler().done())) {
            List<Row> running =
                    rows.stream().filter(row -> !row.sampler().done()).toList();
            List<byte[]> before =
                    running.stream().map(row -> row.sampler().save()).toList();
            try {
                loop.turn(running);
            } catch (ModelException cancelled) {
                assertThat(cancelled).hasMessage("cancelled");
                failures++;
                for (int i = 0; i < running.size(); i++) {
                    assertThat(running.get(i).sampler().save()).isEqualTo(before.get(i));
                }
                for (Row row : running) {
                    loop.turn(List.of(row));
                }
            }
        }
        assertThat(failures).isPositive();
        for (int i = 0; i < rows.size(); i++) {
            assertThat(rows.get(i).sampler().latent())
                    .as("%s", WISHES.get(i))
                    .isEqualTo(expected.get(i).sampler().latent());
        }
    }

    /** Takes turns with the first 3, 3, 3, 1, 1 and 3 of three rows; returns of each whether its time is usual. */
    private static List<Boolean> usual(ModelTraits traits, @Nullable EdgePreservingBlur blur) throws ModelException {
        StepLoop loop = loop(traits, blur);
        List<Row> rows = rows(traits, 8, List.of(WISHES.get(0), WISHES.get(2), WISHES.get(4)));
        List<Boolean> usual = new ArrayList<>();
        for (int count : new int[] {3, 3, 3, 1, 1, 3}) {
            // filled up to one size, so that the network's call is the same each time
            loop.turn(rows.subList(0, count), 6);
            usual.add(loop.wasUsual());
        }
        return usual;
    }

    @Test
    void theFirstBlurOfEachNumberOfRowsIsNotUsual() throws ModelException {
        // the first call is in pure noise, where nothing is blurred
        assertThat(usual(traits(Prediction.EPSILON), (p, e, rows, channels, height, width) -> true))
                .containsExactly(false, false, true, false, true, true);
    }

    @Test
    void whatJavaBlursLeavesCallsUsual() throws ModelException {
        ModelTraits traits = traits(Prediction.EPSILON);
        assertThat(usual(traits, null)).containsExactly(false, true, true, true, true, true);
        assertThat(usual(traits, (p, e, rows, channels, height, width) -> false))
                .containsExactly(false, true, true, true, true, true);
    }

    @Test
    void theDevicesTimeIsTheModels() throws ModelException {
        ModelTraits traits = traits(Prediction.EPSILON);
        long nanos = 50_000_000;
        StepLoop loop = loop(traits, (p, e, rows, channels, height, width) -> {
            long begun = System.nanoTime();
            while (System.nanoTime() - begun < nanos) {
                Thread.onSpinWait();
            }
            return true;
        });
        Row row = rows(traits).get(0);
        loop.turn(List.of(row));
        loop.turn(List.of(row));
        assertThat(loop.modelNanos()).isGreaterThanOrEqualTo(nanos);
    }
}
