package dev.darkroom.diffusion;

import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelException;
import java.util.List;

/** Advances rows: gathers what their samplers ask, calls the model once, and hands every row its answer. */
public final class StepLoop {

    /** @param model whose rows this loop advances */
    public StepLoop(LoadedModel model) {}

    /**
     * Makes one model call for rows that share model and latent shape, whatever else differs.
     *
     * @throws ModelException if the call failed or gave numbers that are none; no row has moved then
     */
    public void turn(List<Row> rows) throws ModelException {
        throw new ModelException("not yet");
    }
}
