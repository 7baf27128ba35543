package dev.darkroom.worker;

import dev.darkroom.diffusion.Row;
import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;

/** A model call of the step loop, for Java Flight Recorder. Costs next to nothing while nothing is recorded. */
@Name("dev.darkroom.Step")
@Label("Sampling step")
@Category("Darkroom")
@StackTrace(false)
final class StepEvent extends Event {

    @Label("Model")
    String model;

    @Label("Latent height")
    int latentHeight;

    @Label("Latent width")
    int latentWidth;

    @Label("Images")
    int images;

    @Label("Rows of the call")
    int rows;

    @Label("Time in the model")
    @Timespan(Timespan.NANOSECONDS)
    long modelNanos;

    StepEvent() {
        model = "";
    }

    void ended(String name, Row row, int together, int modelRows, long nanos) {
        end();
        if (shouldCommit()) {
            model = name;
            latentHeight = row.latentHeight();
            latentWidth = row.latentWidth();
            images = together;
            rows = modelRows;
            modelNanos = nanos;
            commit();
        }
    }
}
