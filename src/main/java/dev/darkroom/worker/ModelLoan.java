package dev.darkroom.worker;

import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Consumer;

/** A model lent to a task: it stays in memory until it is given back. Safe from any thread. */
final class ModelLoan {

    final ShelvedModel shelved;
    final Consumer<String> progress;
    private final ModelShelf shelf;
    private final Promise<LoadedModel> arrival = Promise.promise();

    /** The task knows that it waits for room. Belongs to the shelf's lock, like the next two. */
    boolean told;

    /** The model counts as used. */
    boolean lent;

    /** Given back or refused. */
    boolean over;

    ModelLoan(ModelShelf shelf, ShelvedModel shelved, Consumer<String> progress) {
        this.shelf = shelf;
        this.shelved = shelved;
        this.progress = progress;
    }

    /** Gives the model once it is in memory; fails with a {@link ModelException} if it can't be brought. */
    Future<LoadedModel> arrival() {
        return arrival.future();
    }

    /** The model is not used any more, or need not be brought any more. Does nothing the second time. */
    void giveBack() {
        shelf.giveBack(this);
    }

    void lend(LoadedModel model) {
        arrival.tryComplete(model);
    }

    void refuse(ModelException problem) {
        arrival.tryFail(problem);
    }
}
