package dev.darkroom.bus;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is asked of the node's models. */
public sealed interface ModelMessage {

    /** Asks for the {@link Catalogue}; cheap, answered from memory. */
    record ListModels() implements ModelMessage {}

    /**
     * Reads the folder again, then answers with the {@link Catalogue}.
     *
     * @param retry a model that failed to load may be tried again, though its files have not changed
     */
    record Rescan(boolean retry) implements ModelMessage {}

    /**
     * The models that this node knows, and the device that runs them.
     *
     * @param models by name
     * @param defaultModel the model of requests that name none, or null if there is no model
     * @param device such as "CPU, 2 threads" or "CUDA device 0"
     * @param deviceReason why this device and no better one, in one sentence
     * @param ready the default model has been loaded and warmed up; others may have taken its room since
     */
    record Catalogue(
            List<ModelEntry> models, @Nullable String defaultModel, String device, String deviceReason, boolean ready)
            implements ModelMessage {
        public Catalogue {
            models = List.copyOf(models);
        }
    }

    /**
     * One model folder.
     *
     * @param name the folder's name below the models folder
     * @param state see {@link ModelState}
     * @param problem why it can't be used, in one sentence, or null
     * @param description from its {@code darkroom.json}, or empty
     */
    record ModelEntry(
            String name, ModelState state, @Nullable String problem, String description) {}

    /** Whether a model can run. */
    enum ModelState {
        /** On disk, not in memory. */
        KNOWN,
        /** On its way into memory. */
        LOADING,
        /** In memory and warmed up. */
        READY,
        /** Cannot be used; {@link ModelEntry#problem()} says why. */
        REFUSED
    }
}
