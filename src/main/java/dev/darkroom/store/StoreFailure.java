package dev.darkroom.store;

import dev.darkroom.bus.BusFailure;
import io.vertx.core.VertxException;
import io.vertx.pgclient.PgException;
import java.io.IOException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Why the store did not do what it was asked, in words for the client. */
public final class StoreFailure extends RuntimeException {

    private final BusFailure kind;
    private final int retryAfterSeconds;

    /** @param sentence for the client */
    StoreFailure(BusFailure kind, String sentence, @Nullable Throwable cause) {
        this(kind, sentence, cause, 0);
    }

    private StoreFailure(BusFailure kind, String sentence, @Nullable Throwable cause, int retryAfterSeconds) {
        super(sentence, cause, false, false);
        this.kind = kind;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    /** Says that the queue is full, and when a place will be kept. */
    static StoreFailure queueFull(int capacity, int retryAfterSeconds) {
        return new StoreFailure(
                BusFailure.QUEUE_FULL,
                "The queue is full: %d tasks wait.".formatted(capacity),
                null,
                retryAfterSeconds);
    }

    /** Returns after how many seconds it is worth to try again, or 0 if that is not known. */
    public int retryAfterSeconds() {
        return retryAfterSeconds;
    }

    /** Returns what kind of failure it is. */
    public BusFailure kind() {
        return kind;
    }

    /** Returns what {@code cause}, which came out of the database client, means. */
    static StoreFailure of(Throwable cause) {
        if (cause instanceof StoreFailure told) {
            return told;
        }
        if (cause instanceof PgException refusal) {
            return ofState(refusal);
        }
        if (cause instanceof IOException || cause instanceof TimeoutException || cause instanceof VertxException) {
            return new StoreFailure(BusFailure.STORE_UNAVAILABLE, "The database does not answer.", cause);
        }
        return new StoreFailure(BusFailure.INTERNAL, "The task store has a defect; the log tells more.", cause);
    }

    private static StoreFailure ofState(PgException refusal) {
        String state = String.valueOf(refusal.getSqlState());
        if (state.startsWith("22")) {
            return new StoreFailure(
                    BusFailure.INVALID, "The database refuses a value: " + refusal.getErrorMessage(), refusal);
        }
        if (state.equals("57014")) {
            return new StoreFailure(BusFailure.STORE_UNAVAILABLE, "The database took too long.", refusal);
        }
        if (state.startsWith("53") || state.startsWith("58")) {
            return new StoreFailure(
                    BusFailure.STORE_UNAVAILABLE,
                    "The database has run out of resources: " + refusal.getErrorMessage(),
                    refusal);
        }
        // lost connections, shutdown, refused log-in, read-only standby, deadlock, a database that is closed for a
        // while
        if (state.matches("(08|57|28|3D|25|40|55).*")) {
            return new StoreFailure(BusFailure.STORE_UNAVAILABLE, "The database does not answer.", refusal);
        }
        return new StoreFailure(BusFailure.INTERNAL, "The task store has a defect; the log tells more.", refusal);
    }

    /** Tells whether one row's content was refused, so that its neighbours deserve another try. */
    static boolean isAboutContent(Throwable cause) {
        return cause instanceof PgException refusal
                && refusal.getSqlState() != null
                && refusal.getSqlState().startsWith("22");
    }
}
