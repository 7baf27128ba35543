package dev.darkroom.benchmark;

import dev.darkroom.diffusion.Contender;
import dev.darkroom.diffusion.Guidance;
import dev.darkroom.diffusion.LatencyCurve;
import dev.darkroom.diffusion.Row;
import dev.darkroom.diffusion.Samplers;
import dev.darkroom.diffusion.SamplingPlan;
import dev.darkroom.diffusion.StepPlanner;
import dev.darkroom.model.Conditioning;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.task.TaskId;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A task of one picture in an arrival trace, and what becomes of it in one run. */
final class TraceTask implements Contender {

    private static final List<String> SAMPLERS =
            List.of("euler", "euler_ancestral", "dpmpp_2m", "dpmpp_2m_sde_gpu", "ddim", "uni_pc", "heun");
    private static final int[] STEPS = {4, 4, 8, 8, 16, 20, 30, 50};

    /** A task of so many steps or fewer is short. */
    static final int SHORT = 8;

    final double arrivalMillis;
    final int steps;
    private final String sampler;
    private final long seed;

    private @Nullable Row row;
    LatencyCurve curve = new LatencyCurve();
    long arrived;
    long waitedNanos;
    int calls;
    int stepBefore;
    int callsPassedOver;
    long ended;

    TraceTask(double arrivalMillis, Random random) {
        this.arrivalMillis = arrivalMillis;
        this.steps = STEPS[random.nextInt(STEPS.length)];
        this.sampler = SAMPLERS.get(random.nextInt(SAMPLERS.size()));
        this.seed = random.nextInt(Integer.MAX_VALUE);
    }

    /** Makes what is sampled; a run of the trace begins. */
    void begin(LoadedModel model, Conditioning positive, Conditioning negative, LatencyCurve known) {
        ModelTraits traits = model.traits();
        int side = traits.nativeSize();
        SamplingPlan plan = new SamplingPlan(side, side, sampler, "karras", steps, 4);
        int latent = side / traits.latentScale();
        row = new Row(
                TaskId.random(),
                0,
                positive,
                negative,
                Guidance.of(4),
                Samplers.create(plan, traits, seed),
                latent,
                latent);
        curve = known;
        waitedNanos = 0;
        calls = 0;
        callsPassedOver = 0;
    }

    Row row() {
        if (row == null) {
            throw new IllegalStateException("the task has not begun");
        }
        return row;
    }

    /**
     * What became of it in the last run.
     *
     * @param steps that it asked for
     * @param latencyMillis from its arrival to its end
     * @param callsPassedOver calls with room that were made without it before its first
     */
    record Outcome(int steps, double latencyMillis, int callsPassedOver) {}

    Outcome outcome() {
        return new Outcome(steps, (ended - arrived) / 1e6, callsPassedOver);
    }

    @Override
    public Object company() {
        return "all of one shape";
    }

    @Override
    public int modelRows() {
        return row().modelRows();
    }

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public double urgency() {
        int step = row().sampler().step();
        double callsLeft = (row().sampler().steps() - step) * (step == 0 ? 1 : (double) calls / step);
        return StepPlanner.urgency(callsLeft * curve.millis(modelRows()), waitedNanos);
    }
}
