package dev.darkroom.model;

/** Brings model folders into memory. Safe from any thread; blocks. */
public interface ModelLoader {

    /** Returns what runs the models, found out once. */
    Device device();

    /** Returns the memory that loaded models take; this machine's, unless the device has its own. */
    default DeviceMemory memory() {
        return new HostMemory();
    }

    /** To be called first by each thread that will load models or run them: the device may want it set up. */
    default void enterThread() {}

    /**
     * Loads and warms up a model.
     *
     * @throws ModelException if the folder can't work, with the reason
     */
    LoadedModel load(ModelFolder folder) throws ModelException;
}
