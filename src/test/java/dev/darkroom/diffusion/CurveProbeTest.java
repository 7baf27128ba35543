package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.model.Conditioning;
import dev.darkroom.model.DeviceMemoryException;
import dev.darkroom.model.ModelException;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.model.Prediction;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CurveProbeTest {

    private static final long MINUTE = 60_000_000_000L;
    private static final BatchKey SHAPE = new BatchKey(4, 4, 3);

    private final List<Integer> called = new ArrayList<>();
    private final ModelTraits traits =
            Goldens.traits(Prediction.EPSILON, Goldens.training("scaled_linear", false, "leading"), 4);
    private final LatencyCurve curve = new LatencyCurve();
    private int memory = Integer.MAX_VALUE;

    private CurveProbe probe(int mostRows, int samples, long budget) {
        ScriptedModel model = new ScriptedModel(traits, batch -> {
            called.add(batch.rows());
            if (batch.rows() > memory) {
                throw new DeviceMemoryException("full");
            }
        });
        return new CurveProbe(model, SHAPE, new Conditioning(new float[6], 3, 2), curve, mostRows, samples, budget);
    }

    private static void run(CurveProbe probe) throws ModelException {
        while (!probe.done()) {
            probe.turn();
        }
    }

    @Test
    void everySizeIsCalledOnceBeforeItCounts() throws ModelException {
        run(probe(2, 2, MINUTE));
        assertThat(called).containsExactly(1, 1, 1, 2, 2, 2);
        assertThat(curve.points()).extracting(LatencyCurve.Point::samples).containsExactly(2, 2);
    }

    @Test
    void whatIsKnownIsNotMeasuredAgain() throws ModelException {
        curve.put(List.of(new LatencyCurve.Point(1, 10, 3), new LatencyCurve.Point(2, 12, 3)));
        run(probe(3, 2, MINUTE));
        assertThat(called).containsOnly(3);
        called.clear();
        run(probe(3, 2, MINUTE));
        assertThat(called).isEmpty();
    }

    @Test
    void itStopsWhereMoreRowsGainNothing() throws ModelException {
        for (int rows : new int[] {1, 2, 3}) {
            curve.put(List.of(new LatencyCurve.Point(rows, 10 * rows, 3)));
        }
        assertThat(probe(64, 2, MINUTE).done()).isFalse();
        curve.put(List.of(new LatencyCurve.Point(4, 40, 3)));
        assertThat(probe(64, 2, MINUTE).done()).isTrue();
    }

    @Test
    void itStopsWhenTheTimeIsSpentOrTheMemoryIsFull() throws ModelException {
        CurveProbe spent = probe(64, 2, 0);
        spent.turn();
        assertThat(spent.done()).isTrue();
        memory = 1;
        run(probe(64, 1, MINUTE));
        assertThat(curve.limit(System.nanoTime())).isEqualTo(1);
        assertThat(called).last().isEqualTo(2);
    }

    @Test
    void anotherFailureEndsIt() {
        ScriptedModel broken = new ScriptedModel(traits, batch -> {
            throw new ModelException("broken");
        });
        CurveProbe probe = new CurveProbe(broken, SHAPE, new Conditioning(new float[6], 3, 2), curve, 8, 1, MINUTE);
        assertThatThrownBy(probe::turn).hasMessage("broken");
        assertThat(probe.done()).isTrue();
    }
}
