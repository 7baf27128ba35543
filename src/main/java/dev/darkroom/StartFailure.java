package dev.darkroom;

import java.io.IOException;
import java.net.BindException;

/** Says in one sentence why the server did not start or stop. */
final class StartFailure {

    private StartFailure() {}

    /** The native transport has its own exception, which only its words tell from others. */
    private static boolean isOfBinding(Throwable cause) {
        return cause instanceof BindException
                || cause instanceof IOException
                        && String.valueOf(cause.getMessage()).startsWith("bind(");
    }

    /** Returns the sentence for whatever came out of a failed start. */
    static String sentence(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (isOfBinding(cause)) {
                return "the address is in use or not this machine's (%s); choose another with http.host and http.port"
                        .formatted(cause.getMessage());
            }
        }
        String message = failure.getMessage();
        return message == null || message.isBlank() ? failure.getClass().getSimpleName() : message;
    }
}
