package dev.darkroom;

import java.net.BindException;

/** Says in one sentence why the server did not start or stop. */
final class StartFailure {

    private StartFailure() {}

    /** Returns the sentence for whatever came out of a failed start. */
    static String sentence(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof BindException) {
                return "the address is in use or not this machine's (%s); choose another with http.host and http.port"
                        .formatted(cause.getMessage());
            }
        }
        String message = failure.getMessage();
        return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
    }
}
