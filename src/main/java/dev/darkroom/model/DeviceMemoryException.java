package dev.darkroom.model;

/** A model call did not fit the device's memory; one of fewer rows may. */
public final class DeviceMemoryException extends ModelException {
    private static final long serialVersionUID = 1L;

    /** @param message one sentence */
    public DeviceMemoryException(String message) {
        super(message);
    }

    /**
     * @param message one sentence
     * @param cause what ONNX Runtime said
     */
    public DeviceMemoryException(String message, Throwable cause) {
        super(message, cause);
    }
}
