package dev.darkroom.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

final class ModelCurvesTest {

    private static final BatchKey SHORT_TEXT = new BatchKey(64, 64, 77);
    private static final BatchKey LONG_TEXT = new BatchKey(64, 64, 154);

    private final ModelCurves curves = new ModelCurves();

    private void measured(BatchKey shape, LatencyCurve.Point... points) {
        curves.put(shape, List.of(points));
    }

    private static LatencyCurve.Point point(int rows, double millis) {
        return new LatencyCurve.Point(rows, millis, 5);
    }

    @Test
    void aLongerTextsCurveBeginsAsThatOfAShorterOne() {
        measured(SHORT_TEXT, point(2, 20), point(8, 40));
        LatencyCurve begun = curves.of(LONG_TEXT);
        assertThat(begun.cap(2, 8, 0)).isEqualTo(8);
        assertThat(begun.knows(8, 1)).as("expected, not measured").isFalse();
        begun.learn(8, 60);
        assertThat(begun.millis(8)).isCloseTo(60, within(1e-9));
        assertThat(curves.of(SHORT_TEXT).millis(8)).isCloseTo(40, within(1e-9));
    }

    @Test
    void whatIsMeasuredLaterCompletesTheOthersInProportion() {
        measured(LONG_TEXT, point(2, 30), point(4, 45));
        measured(SHORT_TEXT, point(2, 20), point(4, 30), point(8, 50));
        curves.share(SHORT_TEXT);
        assertThat(curves.of(LONG_TEXT).millis(2)).isEqualTo(30);
        assertThat(curves.of(LONG_TEXT).millis(8)).isCloseTo(75, within(1e-9));
        assertThat(curves.of(SHORT_TEXT).millis(8)).isEqualTo(50);
    }

    @Test
    void whatIsMeasuredAnewTakesThePlaceOfWhatWasExpected() {
        measured(SHORT_TEXT, point(2, 20), point(8, 40));
        assertThat(curves.of(LONG_TEXT).millis(8)).isCloseTo(40, within(1e-9));
        measured(SHORT_TEXT, point(8, 80));
        curves.share(SHORT_TEXT);
        assertThat(curves.of(LONG_TEXT).millis(8)).isCloseTo(80, within(1e-9));
    }

    @Test
    void aTurnedPictureIsAlikeToo() {
        measured(new BatchKey(64, 128, 77), point(2, 20), point(8, 40));
        assertThat(curves.of(new BatchKey(128, 64, 77)).millis(8)).isCloseTo(40, within(1e-9));
    }

    @Test
    void withoutACommonSizeNothingIsExpected() {
        measured(LONG_TEXT, point(1, 5));
        measured(SHORT_TEXT, point(2, 10), point(8, 40));
        curves.share(SHORT_TEXT);
        assertThat(curves.of(LONG_TEXT).points()).hasSize(1);
    }

    @Test
    void anotherSizeIsLeftToItsOwnMeasurements() {
        measured(SHORT_TEXT, point(2, 20), point(8, 40));
        assertThat(curves.of(new BatchKey(128, 128, 77)).points()).isEmpty();
        // but its calls are foreseen by their positions
        assertThat(curves.millis(new BatchKey(128, 128, 77), 2)).isCloseTo(80, within(1e-9));
    }
}
