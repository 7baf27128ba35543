package dev.darkroom.store;

/** The database cannot be used as it is; the message is one sentence for the person who runs the server. */
public final class DatabaseException extends RuntimeException {

    /** @param sentence what is wrong, and what to do about it if that is known */
    public DatabaseException(String sentence) {
        super(sentence);
    }

    /** @param cause what told us */
    public DatabaseException(String sentence, Throwable cause) {
        super(sentence, cause);
    }
}
