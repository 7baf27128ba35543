package dev.darkroom.http.webhook;

import io.netty.util.NetUtil;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Says of a webhook's URL what can be said before anything is sent. */
public final class WebhookRules {

    private static final int LONGEST = 2048;

    private WebhookRules() {}

    /**
     * Returns why {@code url} can never be told, in words that follow a field's name, or null. A name is only looked up
     * when it is sent to.
     */
    public static @Nullable String problem(String url, boolean allowPrivateAddresses) {
        WebhookTarget target;
        try {
            target = WebhookTarget.parse(url);
        } catch (IllegalArgumentException malformed) {
            return "expected a URL that begins with http:// or https://";
        }
        if (url.length() > LONGEST) {
            return "expected at most %d characters".formatted(LONGEST);
        }
        // a name with a dot at its end is the same name
        String host = target.host().toLowerCase(Locale.ROOT).replaceFirst("\\.$", "");
        byte[] address = NetUtil.createByteArrayFromIpAddressString(host);
        boolean local = address == null
                ? host.equals("localhost") || host.endsWith(".localhost")
                : !PublicInternet.holds(address);
        return local && !allowPrivateAddresses
                ? "%s is no address of the public internet; webhook.allow-private-addresses allows it".formatted(host)
                : null;
    }
}
