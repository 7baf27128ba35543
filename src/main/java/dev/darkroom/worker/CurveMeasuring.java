package dev.darkroom.worker;

import dev.darkroom.bus.ModelMessage.ModelEntry;
import dev.darkroom.bus.ModelMessage.ModelState;
import dev.darkroom.diffusion.BatchKey;
import dev.darkroom.diffusion.CurveProbe;
import dev.darkroom.diffusion.LatencyCurve;
import dev.darkroom.model.Conditioning;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelException;
import dev.darkroom.model.ModelTraits;
import io.vertx.core.Context;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the latency curves of the models in memory while the lane has no task, one call a turn, so that a task that comes
 * waits for one call at most: first in short, and once nothing was to be done for a while more thoroughly. What tasks have
 * shown, or was kept from before, is not measured again. Belongs to the lane.
 */
final class CurveMeasuring {

    private static final Logger LOG = LoggerFactory.getLogger(CurveMeasuring.class);

    private static final int SAMPLES = 1;
    private static final int MORE_SAMPLES = 5;
    private static final int MORE_TIME = 5;
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final int PASSES = 2;

    private final Context context;
    private final ModelShelf shelf;
    private final Lane lane;
    private final DeviceCurves curves;
    private final SamplerConfig config;
    private final Runnable wake;
    private final Map<String, Integer> passes = new HashMap<>();
    private @Nullable ModelLoan loan;
    private @Nullable LoadedModel model;
    private @Nullable CurveProbe probe;
    private long quietSince = System.nanoTime();

    /** @param wake sees to it that the lane has a turn */
    CurveMeasuring(
            Context context, ModelShelf shelf, Lane lane, DeviceCurves curves, SamplerConfig config, Runnable wake) {
        this.context = context;
        this.shelf = shelf;
        this.lane = lane;
        this.curves = curves;
        this.config = config;
        this.wake = wake;
    }

    /**
     * Makes one call at most.
     *
     * @param idle the lane holds no task
     * @return whether it made one
     */
    boolean turn(boolean idle) {
        if (config.measure().isZero()) {
            return false;
        }
        if (!idle) {
            quietSince = System.nanoTime();
            pause();
            return false;
        }
        LoadedModel measured = model;
        if (measured == null) {
            borrow();
            return false;
        }
        try {
            CurveProbe current = probe == null ? begin(measured) : probe;
            probe = current;
            if (!current.done()) {
                lane.measure(measured, current);
                curves.learned(measured.traits());
            }
            if (current.done()) {
                curves.of(measured.traits()).share(current.shape());
                finish(measured.traits());
            }
            return true;
        } catch (CancellationException ending) {
            pause();
        } catch (ModelException | RuntimeException failure) {
            LOG.warn("Model {} can't be measured", measured.traits().name(), failure);
            finish(measured.traits());
        }
        return false;
    }

    /** Asks for a model that is in memory and not measured yet. */
    private void borrow() {
        if (loan != null) {
            return;
        }
        for (ModelEntry entry : shelf.catalogue().models()) {
            int pass = passes.getOrDefault(entry.name(), 0);
            boolean due = pass == 0 || pass < PASSES && System.nanoTime() - quietSince > QUIET_NANOS;
            if (entry.state() == ModelState.READY && due) {
                ModelLoan asked = shelf.borrow(entry.name(), sentence -> {});
                loan = asked;
                asked.arrival()
                        .onComplete(arrival -> context.runOnContext(ignored -> {
                            if (loan == asked && arrival.succeeded()) {
                                model = arrival.result();
                                wake.run();
                            } else {
                                asked.giveBack();
                            }
                        }));
                return;
            }
        }
    }

    private CurveProbe begin(LoadedModel measured) throws ModelException {
        ModelTraits traits = measured.traits();
        Conditioning text = measured.encode("", 1);
        BatchKey shape = new BatchKey(
                positions(traits.defaults().height(), traits),
                positions(traits.defaults().width(), traits),
                text.tokens());
        LatencyCurve curve = curves.of(traits).of(shape);
        boolean first = passes.getOrDefault(traits.name(), 0) == 0;
        return new CurveProbe(
                measured,
                shape,
                text,
                curve,
                2 * config.maxRows(),
                first ? SAMPLES : MORE_SAMPLES,
                config.measure().toNanos() * (first ? 1 : MORE_TIME));
    }

    private static int positions(@Nullable Integer pixels, ModelTraits traits) {
        return Math.max(1, (pixels == null ? traits.nativeSize() : pixels) / traits.latentScale());
    }

    private void finish(ModelTraits traits) {
        passes.merge(traits.name(), 1, Integer::sum);
        pause();
        curves.save();
    }

    /** Gives the model back; what was measured is kept. */
    void pause() {
        if (loan != null) {
            loan.giveBack();
        }
        loan = null;
        model = null;
        probe = null;
    }
}
