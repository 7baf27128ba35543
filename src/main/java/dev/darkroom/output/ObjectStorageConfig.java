package dev.darkroom.output;

import dev.darkroom.settings.Settings;
import java.net.URI;

/**
 * Where S3-compatible object storage is.
 *
 * @param bucket empty for none
 * @param endpoint empty for Amazon's own
 * @param region such as {@code eu-central-1}; others than Amazon mostly ignore it
 * @param prefix what the keys begin with, without a slash at its end; may be empty
 * @param accessKey empty to look where Amazon's tools look: environment, profile, instance
 * @param secretKey belongs to the access key
 * @param pathStyle the bucket's name goes into the path rather than into the host's name
 */
public record ObjectStorageConfig(
        String bucket,
        String endpoint,
        String region,
        String prefix,
        String accessKey,
        String secretKey,
        boolean pathStyle) {

    /** Reads {@code object-storage.*}; values that do not fit are noted in {@code settings}. */
    public static ObjectStorageConfig from(Settings settings) {
        String endpoint = settings.text(
                "object-storage.endpoint",
                "",
                url -> url.isEmpty() || SharingConfig.isWebAddress(url),
                "a URL that begins with http:// or https://");
        String accessKey = settings.text("object-storage.access-key", "");
        String secretKey = settings.text("object-storage.secret-key", "");
        if (accessKey.isEmpty() != secretKey.isEmpty()) {
            settings.reject("object-storage.secret-key", "it and object-storage.access-key go together");
        }
        return new ObjectStorageConfig(
                settings.text(
                        "object-storage.bucket",
                        "",
                        name -> name.isEmpty() || name.matches("[A-Za-z0-9][A-Za-z0-9._-]{1,62}"),
                        "the name of a bucket"),
                endpoint,
                settings.text("object-storage.region", "us-east-1", name -> !name.isEmpty(), "the name of a region"),
                settings.text(
                        "object-storage.prefix",
                        "",
                        prefix -> !prefix.startsWith("/") && !prefix.endsWith("/"),
                        "a path without a slash at its ends"),
                accessKey,
                secretKey,
                settings.flag("object-storage.path-style", !endpoint.isEmpty()));
    }

    /** Tells whether there is any. */
    public boolean isUsed() {
        return !bucket.isEmpty();
    }

    /** Returns the key of a picture. */
    String key(String path) {
        return prefix.isEmpty() ? path : prefix + "/" + path;
    }

    URI endpointUri() {
        return URI.create(endpoint);
    }

    /** Says where, without the secret. */
    @Override
    public String toString() {
        return isUsed() ? "bucket %s at %s".formatted(bucket, endpoint.isEmpty() ? "Amazon S3" : endpoint) : "none";
    }
}
