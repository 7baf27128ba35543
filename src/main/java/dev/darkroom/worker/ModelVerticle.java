package dev.darkroom.worker;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.BusFailure;
import dev.darkroom.bus.ModelMessage;
import dev.darkroom.bus.ModelMessage.Catalogue;
import dev.darkroom.bus.TaskNotice;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.Message;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers what is asked of the node's models, from memory. Runs on an event loop; its start does not wait for the
 * default model, which loads meanwhile.
 */
public final class ModelVerticle extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(ModelVerticle.class);

    private final ModelShelf shelf;
    private final boolean alone;
    private final boolean runs;

    /**
     * @param shelf shared with the samplers
     * @param alone no other node has models for this one's tasks, so that a task whose model is gone must fail
     */
    public ModelVerticle(ModelShelf shelf, boolean alone) {
        this(shelf, alone, true);
    }

    /**
     * @param shelf shared with the samplers
     * @param alone no other node has models for this one's tasks, so that a task whose model is gone must fail
     * @param runs this node has a sampler; otherwise no model is brought into memory, and none is waited for
     */
    public ModelVerticle(ModelShelf shelf, boolean alone, boolean runs) {
        this.shelf = shelf;
        this.alone = alone;
        this.runs = runs;
    }

    @Override
    public Future<?> start() {
        shelf.open()
                .compose(ignored -> expectWhatTasksWaitFor())
                .onFailure(failure -> LOG.error("The models folder can't be read", failure))
                .onSuccess(ignored -> announce());
        return vertx.eventBus()
                .<ModelMessage>localConsumer(Addresses.MODELS, this::answer)
                .completion();
    }

    private Future<Void> expectWhatTasksWaitFor() {
        return alone
                ? new MissingModels(vertx).waitedFor().onSuccess(shelf::expect).mapEmpty()
                : Future.succeededFuture();
    }

    private void announce() {
        String first = shelf.defaultModel();
        if (first != null && runs) {
            shelf.prefetch(first);
        }
        // tasks may have waited for a model that was not known
        vertx.eventBus().publish(Addresses.TASKS, new TaskNotice.Added());
    }

    private Future<Void> rescan(boolean retry) {
        return shelf.rescan(retry)
                .compose(gone -> {
                    if (alone) {
                        shelf.expect(gone);
                    }
                    return retry ? expectWhatTasksWaitFor() : Future.succeededFuture();
                })
                .onSuccess(ignored -> announce());
    }

    private void answer(Message<ModelMessage> message) {
        if (message.body() instanceof ModelMessage.Rescan rescan) {
            rescan(rescan.retry())
                    .onSuccess(ignored -> message.reply(catalogue()))
                    .onFailure(failure -> {
                        LOG.error("The models folder can't be read", failure);
                        message.fail(BusFailure.INTERNAL.code(), "the models folder can't be read");
                    });
        } else {
            message.reply(catalogue());
        }
    }

    private Catalogue catalogue() {
        Catalogue known = shelf.catalogue();
        return runs
                ? known
                : new Catalogue(known.models(), known.defaultModel(), known.device(), known.deviceReason(), true);
    }
}
