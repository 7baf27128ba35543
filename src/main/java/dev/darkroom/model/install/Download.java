package dev.darkroom.model.install;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Downloads files, and goes on where an earlier attempt ended: what has come is kept beside the model folders, with what
 * names the file's version there (RFC 9110, sections 13.1.5 and 14). Blocks.
 */
public final class Download {

    private static final Pattern RANGE = Pattern.compile("bytes (\\d+)-\\d+/(\\d+|\\*)");
    private static final Pattern LENGTH = Pattern.compile("bytes \\*/(\\d+)");
    private static final int ATTEMPTS = 5;

    private final Path folder;
    private final Progress progress;
    private final Duration patience;
    private final Map<String, String> headers;
    private final HttpClient client = HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(Duration.ofSeconds(20))
            .build();

    /**
     * @param folder for unfinished files; made if it is missing
     * @param patience how long a connection may be silent, and after a failure the fourth of it is waited
     * @param headers sent with each request
     */
    public Download(Path folder, Progress progress, Duration patience, Map<String, String> headers) {
        this.folder = folder;
        this.progress = progress;
        this.patience = patience;
        this.headers = Map.copyOf(headers);
    }

    /** Returns the small text behind an address, or nothing if there is none. */
    Optional<String> text(URI address) {
        try {
            HttpResponse<String> response = client.send(request(address).build(), HttpResponse.BodyHandlers.ofString());
            return response.statusCode() == 200 ? Optional.of(response.body()) : Optional.empty();
        } catch (IOException unreachable) {
            return Optional.empty();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    /**
     * Returns the whole file behind an address, checked; the caller discards it once nobody needs it, and closes it.
     *
     * @param expected its sum, or nothing if nobody knows it
     * @throws InstallException if it can't be had; what came is kept for the next attempt
     */
    PartFile fetch(URI address, Optional<Checksum> expected) throws InstallException {
        try {
            PartFile part = PartFile.claim(folder, address);
            boolean whole = false;
            try {
                insist(address, part);
                if (expected.isPresent()) {
                    check(address, part, expected.get());
                }
                whole = true;
                return part;
            } finally {
                if (!whole) {
                    part.close();
                }
            }
        } catch (IOException failed) {
            throw new InstallException("%s can't be downloaded: %s".formatted(address, reason(failed)), failed);
        }
    }

    private void check(URI address, PartFile part, Checksum expected) throws IOException, InstallException {
        Checksum actual = Checksum.of(part.path(), progress);
        if (!actual.equals(expected)) {
            part.discard();
            throw new InstallException("What came from %s is not what it should be: its SHA-256 is %s, expected %s"
                    .formatted(address, actual.hex(), expected.hex()));
        }
    }

    /** A connection that breaks is made anew. */
    private void insist(URI address, PartFile part) throws IOException, InstallException {
        for (int attempt = 1; ; attempt++) {
            try {
                attempt(address, part);
                return;
            } catch (IOException broken) {
                IOException known = NoSpaceException.known(broken, folder);
                if (attempt == ATTEMPTS || known instanceof NoSpaceException) {
                    throw new InstallException(
                            "%s can't be downloaded: %s; the same command goes on where it ended"
                                    .formatted(address, reason(known)),
                            known);
                }
                progress.note("The connection broke (%s); trying again".formatted(reason(broken)));
                pause();
            }
        }
    }

    private void pause() throws InstallException {
        try {
            Thread.sleep(patience.toMillis() / 4);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new InstallException("The download was interrupted.", stopped);
        }
    }

    private void attempt(URI address, PartFile part) throws IOException, InstallException {
        long have = part.size();
        HttpRequest.Builder request = request(address);
        if (have > 0) {
            request.header("Range", "bytes=%d-".formatted(have)).header("If-Range", part.ofVersion());
        }
        HttpResponse<InputStream> response;
        try {
            response = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new InstallException("The download was interrupted.", stopped);
        }
        try (InputStream body = response.body()) {
            switch (response.statusCode()) {
                case 200 -> {
                    part.restart(version(response.headers()));
                    receive(
                            body,
                            part,
                            0,
                            response.headers()
                                    .firstValueAsLong("content-length")
                                    .orElse(-1));
                }
                case 206 -> {
                    Matcher range = RANGE.matcher(
                            response.headers().firstValue("content-range").orElse(""));
                    if (!range.matches() || Long.parseLong(range.group(1)) != have) {
                        part.forgetVersion();
                        throw new IOException("the server sent another part than was asked for");
                    }
                    if (isOfAnother(part, response.headers())) {
                        part.forgetVersion();
                        throw new IOException("the file has changed");
                    }
                    receive(body, part, have, range.group(2).equals("*") ? -1 : Long.parseLong(range.group(2)));
                }
                case 416 -> {
                    if (isWhole(part, have, response.headers())) {
                        return;
                    }
                    // the file has become shorter
                    part.forgetVersion();
                    throw new IOException("the file has changed");
                }
                default -> refuse(address, response);
            }
        }
    }

    private static void refuse(URI address, HttpResponse<?> response) throws IOException, InstallException {
        int status = response.statusCode();
        if (status >= 500 || status == 429) {
            throw new IOException("the server answered %d".formatted(status));
        }
        throw new InstallException(
                switch (status) {
                    case 401, 403 -> "%s is not open to everybody: the server answered %d".formatted(address, status);
                    case 404, 410 -> "There is nothing at %s (%d).".formatted(address, status);
                    case 301, 302, 303, 307, 308 ->
                        "%s can't be downloaded: %s".formatted(address, whyNotFollowed(response));
                    default -> "%s can't be downloaded: the server answered %d".formatted(address, status);
                });
    }

    /** The client follows a redirect unless there were many before it, or it gives up a secure connection. */
    private static String whyNotFollowed(HttpResponse<?> response) {
        String target = response.headers().firstValue("location").orElse("");
        boolean secure = "https".equalsIgnoreCase(response.uri().getScheme());
        return secure && target.toLowerCase(Locale.ROOT).startsWith("http:")
                ? "the server sends on to %s, which is not secure".formatted(target)
                : "there are too many redirects, the last one to %s".formatted(target);
    }

    private static Optional<String> version(HttpHeaders headers) {
        Optional<String> tag = headers.firstValue("etag").filter(name -> !name.startsWith("W/"));
        return tag.isPresent() ? tag : headers.firstValue("last-modified");
    }

    /** Tells by the refusal of a part beyond the end whether an earlier process was ended when it had everything. */
    private static boolean isWhole(PartFile part, long have, HttpHeaders headers) throws IOException {
        Matcher length = LENGTH.matcher(headers.firstValue("content-range").orElse(""));
        return length.matches() && length.group(1).equals(Long.toString(have)) && !isOfAnother(part, headers);
    }

    /** Servers that honour If-Range send parts of the same version only, and need not name it; not all honour it. */
    private static boolean isOfAnother(PartFile part, HttpHeaders headers) throws IOException {
        String version = part.ofVersion();
        boolean isDate = version.endsWith("GMT");
        return headers.firstValue(isDate ? "last-modified" : "etag")
                .filter(named -> !named.equals(version))
                .isPresent();
    }

    private void receive(InputStream body, PartFile part, long have, long total) throws IOException {
        NoSpaceException.unlessRoomFor(total - have, folder);
        long done = have;
        byte[] buffer = new byte[1 << 16];
        try (OutputStream out = have > 0
                        ? Files.newOutputStream(part.path(), StandardOpenOption.APPEND)
                        : Files.newOutputStream(part.path());
                StallGuard guard = new StallGuard(body, patience)) {
            for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
                out.write(buffer, 0, read);
                done += read;
                guard.alive();
                progress.at("Downloading", done, total);
            }
        }
        if (total >= 0 && done != total) {
            throw new IOException("%d of %d bytes came".formatted(done, total));
        }
    }

    private HttpRequest.Builder request(URI address) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(address).timeout(Duration.ofSeconds(60)).header("User-Agent", "Darkroom");
        headers.forEach(request::header);
        return request;
    }

    private static String reason(IOException failure) {
        return failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
    }
}
