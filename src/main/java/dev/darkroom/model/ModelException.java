package dev.darkroom.model;

/** A model folder can't be used, or a model call failed. The message is one sentence for the model's user. */
public class ModelException extends Exception {
    private static final long serialVersionUID = 1L;

    /** @param message one sentence */
    public ModelException(String message) {
        super(message);
    }

    /**
     * @param message one sentence
     * @param cause what ONNX Runtime or the file system said
     */
    public ModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
