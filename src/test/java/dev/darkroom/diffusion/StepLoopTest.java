package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.model.Conditioning;
import dev.darkroom.model.DenoiserBatch;
import dev.darkroom.model.ImageSizes;
import dev.darkroom.model.ModelException;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.model.Prediction;
import dev.darkroom.task.TaskId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StepLoopTest {

    private static final int TOKENS = 3;

    /** A text whose mean the test's network aims at. */
    private static Conditioning text(double mean, int tokens) {
        float[] states = new float[tokens * 2];
        Arrays.fill(states, (float) mean);
        return new Conditioning(states, tokens, 2);
    }

    /** The exact network of a Gaussian picture around the text's mean, for either prediction. */
    private static void gaussianNetwork(DenoiserBatch batch, ModelTraits traits) {
        NoiseSchedule schedule = new NoiseSchedule(traits.schedule(), traits.prediction());
        for (int row = 0; row < batch.rows(); row++) {
            double sigma = schedule.sigma(batch.timesteps()[row]);
            double deviation = Math.sqrt(sigma * sigma + 1);
            double mean = batch.conditionings()[row].hiddenStates()[0];
            for (int i = 0; i < batch.latents()[row].length; i++) {
                double x = batch.latents()[row][i] * deviation;
                double x0 = AnalyticDenoiser.gaussian(mean, 0.5).denoise(x, sigma);
                double noise = (x - x0) / sigma;
                double velocity = (noise - sigma * x0) / deviation;
                batch.outputs()[row][i] = (float)
                        switch (traits.prediction()) {
                            case EPSILON -> noise;
                            case V -> velocity;
                            case EDM -> -velocity;
                        };
            }
        }
    }

    private static ModelTraits traits(Prediction prediction) {
        boolean zeroTerminalSnr = prediction == Prediction.V;
        return Goldens.traits(prediction, Goldens.training("scaled_linear", zeroTerminalSnr, "trailing"), 4);
    }

    private static Row row(
            ModelTraits traits,
            String sampler,
            int steps,
            long seed,
            Conditioning positive,
            Conditioning negative,
            Guidance guidance) {
        SamplingPlan plan = new SamplingPlan(64, 128, sampler, "karras", steps, guidance.scale());
        return new Row(TaskId.random(), 0, positive, negative, guidance, Samplers.create(plan, traits, seed), 16, 8);
    }

    private static void finish(StepLoop loop, List<Row> rows) throws ModelException {
        List<Row> running = new ArrayList<>(rows);
        while (!running.isEmpty()) {
            loop.turn(running);
            running.removeIf(row -> row.sampler().done());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPictureIsMadeFromWhatTheNetworkPredicts(Prediction prediction) throws ModelException {
        ModelTraits traits = traits(prediction);
        StepLoop loop = new StepLoop(new ScriptedModel(traits, batch -> gaussianNetwork(batch, traits)));
        Row row = row(traits, "euler", 60, 3, text(0.5, TOKENS), null, Guidance.of(1));
        assertThat(row.denoised()).isNull();
        finish(loop, List.of(row));
        double mean = 0;
        for (float value : row.sampler().latent()) {
            mean += value / row.sampler().latent().length;
        }
        assertThat(mean).isCloseTo(0.5, within(0.1));
        assertThat(row.denoised()).isEqualTo(row.sampler().latent());
    }

    @Test
    void theFirstEstimateFromPureNoiseIsTheMeanPicture() throws ModelException {
        ModelTraits traits = traits(Prediction.V);
        StepLoop loop = new StepLoop(new ScriptedModel(traits, batch -> gaussianNetwork(batch, traits)));
        Row row = row(traits, "dpmpp_2m_sde_gpu", 8, 3, text(-0.9, TOKENS), null, Guidance.of(1));
        loop.turn(List.of(row));
        assertThat(row.denoised()).isNotNull();
        for (float value : row.denoised()) {
            assertThat(value).isCloseTo(-0.9f, within(0.002f));
        }
    }

    @Test
    void aRowIsTheSameAloneAndInAnyBatch() throws ModelException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        ModelTraits traits = traits(Prediction.V);
        List<Row> alone = new ArrayList<>();
        List<Row> together = new ArrayList<>();
        for (String name : Samplers.names()) {
            int steps = 1 + random.nextInt(6);
            long imageSeed = random.nextInt(Integer.MAX_VALUE);
            Conditioning positive = text(random.nextGaussian(), TOKENS);
            Conditioning negative = random.nextBoolean() ? text(random.nextGaussian(), TOKENS) : null;
            Guidance guidance = new Guidance(1 + random.nextInt(3), random.nextBoolean() ? 0.7 : 0);
            alone.add(row(traits, name, steps, imageSeed, positive, negative, guidance));
            together.add(row(traits, name, steps, imageSeed, positive, negative, guidance));
        }
        StepLoop loop = new StepLoop(new ScriptedModel(traits, batch -> gaussianNetwork(batch, traits)));
        for (Row row : alone) {
            finish(loop, List.of(row));
        }
        finish(loop, together);
        for (int i = 0; i < alone.size(); i++) {
            assertThat(together.get(i).sampler().latent())
                    .as("%s, seed %d", Samplers.names().get(i), seed)
                    .isEqualTo(alone.get(i).sampler().latent());
        }
    }

    @Test
    void guidanceTakesTwoRowsOfTheCallOnlyWhereItIsNeeded() throws ModelException {
        ModelTraits traits = traits(Prediction.EPSILON);
        List<Integer> calls = new ArrayList<>();
        List<Conditioning> asked = new ArrayList<>();
        StepLoop loop = new StepLoop(new ScriptedModel(traits, batch -> {
            calls.add(batch.rows());
            asked.addAll(Arrays.asList(batch.conditionings()).subList(0, batch.rows()));
            gaussianNetwork(batch, traits);
        }));
        Conditioning positive = text(1, TOKENS);
        Conditioning negative = text(-1, TOKENS);
        Row guided = row(traits, "euler", 3, 1, positive, negative, Guidance.of(4));
        Row plain = row(traits, "euler", 3, 1, positive, negative, Guidance.of(1));
        Row without = row(traits, "euler", 3, 1, positive, null, Guidance.of(4));
        loop.turn(List.of(guided, plain, without));
        assertThat(calls).containsExactly(4);
        assertThat(asked).containsExactly(positive, negative, positive, positive);
        assertThat(List.of(guided.modelRows(), plain.modelRows(), without.modelRows()))
                .containsExactly(2, 1, 1);
        assertThat(plain.denoised()).isEqualTo(without.denoised());
    }

    @Test
    void theGuidedEstimateGoesBeyondThePositiveOne() throws ModelException {
        ModelTraits traits = traits(Prediction.V);
        StepLoop loop = new StepLoop(new ScriptedModel(traits, batch -> gaussianNetwork(batch, traits)));
        Row positive = row(traits, "euler", 5, 9, text(0.6, TOKENS), null, Guidance.of(1));
        Row negative = row(traits, "euler", 5, 9, text(0.1, TOKENS), null, Guidance.of(1));
        Row guided = row(traits, "euler", 5, 9, text(0.6, TOKENS), text(0.1, TOKENS), Guidance.of(3));
        loop.turn(List.of(positive, negative, guided));
        for (int i = 0; i < guided.denoised().length; i++) {
            float p = positive.denoised()[i];
            float n = negative.denoised()[i];
            assertThat(guided.denoised()[i]).isCloseTo(n + 3 * (p - n), within(1e-4f));
        }
    }

    @Test
    void numbersThatAreNoneMoveNoRow() {
        for (float none : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            ModelTraits traits = traits(Prediction.EPSILON);
            boolean[] broken = {false};
            StepLoop loop = new StepLoop(new ScriptedModel(traits, batch -> {
                gaussianNetwork(batch, traits);
                if (broken[0]) {
                    batch.outputs()[batch.rows() - 1][17] = none;
                }
            }));
            Row first = row(traits, "euler", 4, 1, text(0, TOKENS), null, Guidance.of(1));
            Row second = row(traits, "dpmpp_2m", 4, 2, text(0, TOKENS), text(1, TOKENS), Guidance.of(5));
            try {
                loop.turn(List.of(first, second));
                List<byte[]> states =
                        List.of(first.sampler().save(), second.sampler().save());
                float[] estimate = first.denoised().clone();
                broken[0] = true;
                assertThatThrownBy(() -> loop.turn(List.of(first, second)))
                        .isInstanceOf(ModelException.class)
                        .hasMessage("the model gave numbers that are none (NaN) at step 2 of 4");
                assertThat(first.sampler().save()).isEqualTo(states.get(0));
                assertThat(second.sampler().save()).isEqualTo(states.get(1));
                assertThat(first.denoised()).isEqualTo(estimate);
                broken[0] = false;
                loop.turn(List.of(first, second));
                assertThat(second.sampler().step()).isEqualTo(2);
            } catch (ModelException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Test
    void aFailedCallMovesNoRow() {
        ModelTraits traits = traits(Prediction.EPSILON);
        StepLoop loop = new StepLoop(new ScriptedModel(traits, batch -> {
            throw new ModelException("out of memory");
        }));
        Row row = row(traits, "euler", 4, 1, text(0, TOKENS), null, Guidance.of(1));
        assertThatThrownBy(() -> loop.turn(List.of(row))).hasMessage("out of memory");
        assertThat(row.sampler().step()).isZero();
        assertThat(row.denoised()).isNull();
    }

    @Test
    void rowsThatCannotShareACallAreRefused() {
        ModelTraits traits = traits(Prediction.EPSILON);
        StepLoop loop = new StepLoop(new ScriptedModel(traits, batch -> gaussianNetwork(batch, traits)));
        Row three = row(traits, "euler", 4, 1, text(0, 3), null, Guidance.of(1));
        Row four = row(traits, "euler", 4, 1, text(0, 4), null, Guidance.of(1));
        assertThatThrownBy(() -> loop.turn(List.of(three, four)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tokens=3")
                .hasMessageContaining("tokens=4");
        assertThatThrownBy(() -> loop.turn(List.of())).isInstanceOf(IllegalArgumentException.class);
        Row wrongShape = new Row(TaskId.random(), 0, text(0, 3), null, 1, three.sampler(), 16, 16);
        assertThatThrownBy(() -> loop.turn(List.of(wrongShape)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("16 x 16");
    }

    @Test
    void textsOfTwoLengthsAreRepeatedToACommonOne() {
        ModelTraits traits = traits(Prediction.EPSILON);
        float[] states = {1, 2, 3, 4};
        Row row = row(traits, "euler", 4, 1, new Conditioning(states, 2, 2), text(7, 3), Guidance.of(2));
        assertThat(row.batchKey()).isEqualTo(new BatchKey(16, 8, 6));
        assertThat(row.positive().hiddenStates()).containsExactly(1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4);
        assertThat(row.negative()).isNotNull();
        assertThat(row.negative().tokens()).isEqualTo(6);
        Row unguided = row(traits, "euler", 4, 1, new Conditioning(states, 2, 2), text(7, 3), Guidance.of(1));
        assertThat(unguided.batchKey().tokens()).isEqualTo(2);
        Conditioning narrow = new Conditioning(new float[3], 3, 1);
        assertThatThrownBy(() -> row(traits, "euler", 4, 1, text(0, 3), narrow, Guidance.of(2)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("width 2 and 1");
    }

    @Test
    void buffersAreUsedAgainAndShapesMayTakeTurns() throws ModelException {
        ModelTraits traits = traits(Prediction.EPSILON);
        List<float[]> outputs = new ArrayList<>();
        StepLoop loop = new StepLoop(new ScriptedModel(traits, batch -> {
            assertThat(batch.outputs()[0]).hasSize(batch.channels() * batch.height() * batch.width());
            outputs.add(batch.outputs()[0]);
            gaussianNetwork(batch, traits);
        }));
        Row tall = row(traits, "euler", 3, 1, text(0, TOKENS), null, Guidance.of(1));
        SamplingPlan plan = new SamplingPlan(128, 128, "euler", "normal", 3, 1);
        Row square = new Row(TaskId.random(), 0, text(0, TOKENS), null, 1, Samplers.create(plan, traits, 1), 16, 16);
        for (int i = 0; i < 3; i++) {
            loop.turn(List.of(tall));
            loop.turn(List.of(square));
        }
        assertThat(outputs.get(2)).isSameAs(outputs.get(0));
        assertThat(outputs.get(3)).isSameAs(outputs.get(1));
    }

    @Test
    void bothPromptsAreToldOtherSizesAtFirstAndTheTrueOnesLater() throws Exception {
        ModelTraits traits = traits(Prediction.EPSILON);
        List<ImageSizes> told = new ArrayList<>();
        StepLoop loop = new StepLoop(new ScriptedModel(traits, batch -> {
            for (int row = 0; row < batch.rows(); row++) {
                told.add(batch.conditionings()[row].added().sizes());
            }
            gaussianNetwork(batch, traits);
        }));
        SamplingPlan plan = new SamplingPlan(128, 64, "euler", "normal", 4, 5);
        Row row = new Row(
                TaskId.random(),
                0,
                text(1, TOKENS),
                text(2, TOKENS),
                Guidance.of(5),
                AdmScaling.STOCK,
                Samplers.create(plan, traits, 1),
                8,
                16);
        while (!row.sampler().done()) {
            loop.turn(List.of(row));
        }
        // timesteps 999, 749, 499, 249; the end is at 699.3
        ImageSizes truth = ImageSizes.of(64, 128);
        assertThat(told)
                .containsExactly(
                        new ImageSizes(96, 192, 0, 0, 64, 128),
                        new ImageSizes(51, 102, 0, 0, 64, 128),
                        new ImageSizes(96, 192, 0, 0, 64, 128),
                        new ImageSizes(51, 102, 0, 0, 64, 128),
                        truth,
                        truth,
                        truth,
                        truth);
    }
}
