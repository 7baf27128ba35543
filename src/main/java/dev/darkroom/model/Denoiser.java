package dev.darkroom.model;

/** The network that sampling calls at each step. One thread at a time. */
public interface Denoiser {

    /**
     * Evaluates the network once for a batch of rows, which may differ in everything but shape.
     *
     * @param batch inputs, and where the outputs go
     * @throws ModelException if the call fails; the denoiser can be called again
     */
    void predict(DenoiserBatch batch) throws ModelException;
}
