package dev.darkroom.http;

import dev.darkroom.image.ImageFormat;
import dev.darkroom.image.ImageTranscoder;
import dev.darkroom.output.PictureAwayException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Serves {@code GET} and {@code HEAD} of a folder's pictures: files as they are, or in the format asked for. */
public final class ImageFiles {

    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);

    private static final int RETRY_SECONDS = 5;

    private final Vertx vertx;
    private final Finder finder;
    private final ImageTranscoder transcoder;

    /** Finds the file behind what the network gave as a path; whatever leads out of its folder finds nothing. */
    interface Finder {
        Optional<Path> find(String path);
    }

    /** A file that may be sent. */
    private record Found(Path path, ImageFormat format, long size, Instant modified) {
        String tag(ImageFormat sent) {
            String tag = Long.toHexString(modified.toEpochMilli()) + "-" + Long.toHexString(size);
            return '"' + (sent == format ? tag : tag + "-" + sent.extension()) + '"';
        }
    }

    ImageFiles(Vertx vertx, Finder finder, ImageTranscoder transcoder) {
        this.vertx = vertx;
        this.finder = finder;
        this.transcoder = transcoder;
    }

    /**
     * Adds the routes below {@code prefix}.
     *
     * @param prefix such as {@code /outputs/}
     */
    public void attach(Router router, String prefix) {
        router.route(prefix + "*")
                .method(HttpMethod.GET)
                .method(HttpMethod.HEAD)
                .handler(context -> handle(context, prefix));
    }

    private void handle(RoutingContext context, String prefix) {
        String asked = context.request().path();
        if (!asked.startsWith(prefix)) {
            // the route takes the bare folder too
            throw ApiException.of(404, "Not Found");
        }
        String path = decoded(asked.substring(prefix.length()));
        vertx.executeBlocking(() -> look(path), false)
                .compose(found -> answer(context, found.orElseThrow(() -> ApiException.of(404, "Not Found"))))
                .onFailure(failure -> context.fail(
                        failure instanceof PictureAwayException away
                                ? new ApiException(new ApiError.Later(503, away.getMessage(), RETRY_SECONDS))
                                : failure));
    }

    /**
     * Reads a saved picture in the format asked for.
     *
     * @return its bytes, or a failed future with 404 if its file is gone
     */
    public Future<Buffer> read(String path, ImageFormat format) {
        return vertx.executeBlocking(
                () -> {
                    Found found = look(path).orElseThrow(() -> ApiException.of(404, "The image's file is gone."));
                    byte[] file = Files.readAllBytes(found.path());
                    return Buffer.buffer(found.format() == format ? file : transcoder.transcode(file, format));
                },
                false);
    }

    private static String decoded(String path) {
        try {
            return URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException badEscape) {
            throw ApiException.of(404, "Not Found");
        }
    }

    /** Finds nothing but pictures. Blocks. */
    private Optional<Found> look(String path) throws IOException {
        Optional<ImageFormat> format = ImageFormat.named(path.substring(path.lastIndexOf('.') + 1));
        if (format.isEmpty() || path.indexOf('\0') >= 0) {
            return Optional.empty();
        }
        Optional<Path> file = finder.find(path);
        if (file.isEmpty() || !Files.isRegularFile(file.get())) {
            return Optional.empty();
        }
        BasicFileAttributes attributes = Files.readAttributes(file.get(), BasicFileAttributes.class);
        Instant modified = attributes.lastModifiedTime().toInstant();
        return Optional.of(new Found(file.get(), format.get(), attributes.size(), modified));
    }

    private Future<?> answer(RoutingContext context, Found found) {
        ImageFormat wanted = wanted(context.request().getHeader(HttpHeaderNames.ACCEPT), found.format());
        String tag = found.tag(wanted);
        HttpServerResponse response = context.response()
                .putHeader(HttpHeaderNames.CONTENT_TYPE, wanted.mediaType())
                .putHeader(HttpHeaderNames.ETAG, tag)
                .putHeader(HttpHeaderNames.LAST_MODIFIED, HTTP_DATE.format(found.modified()))
                .putHeader(HttpHeaderNames.VARY, "Accept")
                .putHeader(HttpHeaderNames.CACHE_CONTROL, "private, max-age=3600")
                .putHeader("X-Content-Type-Options", "nosniff");
        if (isUnchanged(context, tag, found.modified())) {
            response.headers().remove(HttpHeaderNames.CONTENT_TYPE);
            return response.setStatusCode(304).end();
        }
        if (wanted == found.format()) {
            response.putHeader(HttpHeaderNames.ACCEPT_RANGES, "bytes");
            return sendFile(context, found, tag);
        }
        return vertx.executeBlocking(() -> transcoder.transcode(Files.readAllBytes(found.path()), wanted), false)
                .compose(bytes -> context.request().method() == HttpMethod.HEAD
                        ? response.putHeader(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(bytes.length))
                                .end()
                        : response.end(Buffer.buffer(bytes)));
    }

    private static Future<?> sendFile(RoutingContext context, Found found, String tag) {
        HttpServerResponse response = context.response();
        ByteRange range = new ByteRange(0, found.size());
        String asked = context.request().getHeader(HttpHeaderNames.RANGE);
        String condition = context.request().getHeader(HttpHeaderNames.IF_RANGE);
        if (asked != null && (condition == null || condition.equals(tag))) {
            Optional<ByteRange> part = ByteRange.parse(asked, found.size());
            if (part.isPresent() && part.get().length() == 0) {
                response.headers().remove(HttpHeaderNames.CONTENT_TYPE);
                return response.setStatusCode(416)
                        .putHeader(HttpHeaderNames.CONTENT_RANGE, "bytes */" + found.size())
                        .end();
            }
            if (part.isPresent()) {
                range = part.get();
                response.setStatusCode(206).putHeader(HttpHeaderNames.CONTENT_RANGE, range.contentRange(found.size()));
            }
        }
        if (context.request().method() == HttpMethod.HEAD) {
            return response.putHeader(HttpHeaderNames.CONTENT_LENGTH, Long.toString(range.length()))
                    .end();
        }
        return response.sendFile(found.path().toString(), range.from(), range.length());
    }

    private static boolean isUnchanged(RoutingContext context, String tag, Instant modified) {
        String known = context.request().getHeader(HttpHeaderNames.IF_NONE_MATCH);
        if (known != null) {
            for (String one : known.split(",")) {
                String bare = one.trim();
                if (bare.equals("*") || bare.equals(tag) || bare.equals("W/" + tag)) {
                    return true;
                }
            }
            return false;
        }
        String since = context.request().getHeader(HttpHeaderNames.IF_MODIFIED_SINCE);
        return since != null && since.equals(HTTP_DATE.format(modified));
    }

    private static ImageFormat wanted(@Nullable String accept, ImageFormat stored) {
        if (accept == null || !accept.startsWith("image/")) {
            return stored;
        }
        return ImageFormat.named(accept.substring("image/".length())).orElse(stored);
    }
}
