package dev.darkroom.bus;

import io.vertx.core.eventbus.Message;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the header that names the span which a message came of, in the form of W3C Trace Context, version 00. Messages
 * have it only where the node traces, and only if they are sent while a traced request is served.
 */
public final class TraceParent {

    /** The header's name. */
    public static final String HEADER = "traceparent";

    private static final Pattern FORM = Pattern.compile("00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}");

    private TraceParent() {}

    /** Returns the span, or null if there is none. */
    public static @Nullable String of(Message<?> message) {
        String header = message.headers().get(HEADER);
        return header != null && FORM.matcher(header).matches() ? header : null;
    }
}
