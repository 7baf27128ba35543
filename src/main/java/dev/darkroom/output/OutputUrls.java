package dev.darkroom.output;

import dev.darkroom.task.SavedImage;
import java.nio.charset.StandardCharsets;

/**
 * Makes the addresses under which clients fetch pictures.
 *
 * @param base scheme, host and what comes before {@code /outputs}: {@code http://127.0.0.1:7866}; a slash at its end is
 *     dropped
 */
public record OutputUrls(String base) {

    private static final String UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    public OutputUrls {
        while (base.endsWith("/")) {
            base = base.substring(0, base.length() - 1);
        }
    }

    /** Returns the address of {@code image}. */
    public String of(SavedImage image) {
        return of(image.path());
    }

    /**
     * Returns the address of a picture: {@code {base}/outputs/{path}}. Every byte of its UTF-8 that is not unreserved
     * (RFC 3986, section 2.3) is percent-encoded.
     *
     * @param path as in {@link SavedImage#path()}
     */
    public String of(String path) {
        StringBuilder url = new StringBuilder(base).append("/outputs/");
        for (byte octet : path.getBytes(StandardCharsets.UTF_8)) {
            char character = (char) (octet & 0xff);
            if (character == '/' || UNRESERVED.indexOf(character) >= 0) {
                url.append(character);
            } else {
                url.append("%%%02X".formatted((int) character));
            }
        }
        return url.toString();
    }
}
