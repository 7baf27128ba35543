package dev.darkroom.worker;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.BusFailure;
import dev.darkroom.bus.ModelMessage;
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

    /** @param shelf shared with the samplers */
    public ModelVerticle(ModelShelf shelf) {
        this.shelf = shelf;
    }

    @Override
    public Future<?> start() {
        rescan().onFailure(failure -> LOG.error("The models folder can't be read", failure));
        return vertx.eventBus()
                .<ModelMessage>localConsumer(Addresses.MODELS, this::answer)
                .completion();
    }

    private Future<Void> rescan() {
        return shelf.rescan().onSuccess(ignored -> {
            String first = shelf.defaultModel();
            if (first != null) {
                shelf.load(first);
            }
            // tasks may have waited for a model that was not known
            vertx.eventBus().publish(Addresses.TASKS, new TaskNotice.Added());
        });
    }

    private void answer(Message<ModelMessage> message) {
        if (message.body() instanceof ModelMessage.Rescan) {
            rescan().onSuccess(ignored -> message.reply(shelf.catalogue()))
                    .onFailure(failure -> message.fail(BusFailure.INTERNAL.code(), "the models folder can't be read"));
        } else {
            message.reply(shelf.catalogue());
        }
    }
}
