package dev.darkroom.model.install;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
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
     * Returns the whole file behind an address, checked; the caller moves or deletes it.
     *
     * @param expected its sum, or nothing if nobody knows it
     * @throws InstallException if it can't be had; what came is kept for the next attempt
     */
    Path fetch(URI address, Optional<Checksum> expected) throws InstallException {
        Path part = folder.resolve(Checksum.ofText(address.toString()).substring(0, 24) + ".part");
        try {
            Files.createDirectories(folder);
            try (FileChannel channel = FileChannel.open(
                            beside(part, ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                    FileLock lock = channel.tryLock()) {
                if (lock == null) {
                    throw new InstallException("Another download of %s is under way.".formatted(address));
                }
                insist(address, part);
            } catch (OverlappingFileLockException within) {
                throw new InstallException("Another download of %s is under way.".formatted(address), within);
            }
            if (expected.isPresent()) {
                check(address, part, expected.get());
            }
            Files.deleteIfExists(beside(part, ".version"));
            Files.deleteIfExists(beside(part, ".lock"));
            return part;
        } catch (IOException failed) {
            throw new InstallException("%s can't be downloaded: %s".formatted(address, reason(failed)), failed);
        }
    }

    private void check(URI address, Path part, Checksum expected) throws IOException, InstallException {
        Checksum actual = Checksum.of(part, progress);
        if (!actual.equals(expected)) {
            Files.delete(part);
            throw new InstallException("What came from %s is not what it should be: its SHA-256 is %s, expected %s"
                    .formatted(address, actual.hex(), expected.hex()));
        }
    }

    /** A connection that breaks is made anew. */
    private void insist(URI address, Path part) throws IOException, InstallException {
        for (int attempt = 1; ; attempt++) {
            try {
                attempt(address, part);
                return;
            } catch (IOException broken) {
                if (attempt == ATTEMPTS) {
                    throw new InstallException(
                            "%s can't be downloaded: %s; the same command goes on where it ended"
                                    .formatted(address, reason(broken)),
                            broken);
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

    private void attempt(URI address, Path part) throws IOException, InstallException {
        Path version = beside(part, ".version");
        long have = Files.exists(part) && Files.exists(version) ? Files.size(part) : 0;
        HttpRequest.Builder request = request(address);
        if (have > 0) {
            request.header("Range", "bytes=%d-".formatted(have)).header("If-Range", Files.readString(version));
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
                    remember(version, response.headers());
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
                        Files.delete(version);
                        throw new IOException("the server sent another part than was asked for");
                    }
                    receive(body, part, have, range.group(2).equals("*") ? -1 : Long.parseLong(range.group(2)));
                }
                case 416 -> {
                    // the file has become shorter, or nothing was missing though nobody could know
                    Files.delete(version);
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

    private static void remember(Path version, HttpHeaders headers) throws IOException {
        Optional<String> name = headers.firstValue("etag").filter(tag -> !tag.startsWith("W/"));
        if (name.isEmpty()) {
            name = headers.firstValue("last-modified");
        }
        if (name.isPresent()) {
            Files.writeString(version, name.get());
        } else {
            Files.deleteIfExists(version);
        }
    }

    private void receive(InputStream body, Path part, long have, long total) throws IOException, InstallException {
        // asked of the folder itself: its mount, which Files.getFileStore looks up, is not to be found in a chroot
        long free = folder.toFile().getUsableSpace();
        // 0 also where it can't be told; a disk that is full says so when it is written to
        if (free > 0 && total - have > free) {
            throw new InstallException("%s has too little space: %d MB are needed"
                    .formatted(folder.toAbsolutePath(), (total - have) / 1_000_000));
        }
        long done = have;
        byte[] buffer = new byte[1 << 16];
        try (OutputStream out = have > 0
                        ? Files.newOutputStream(part, StandardOpenOption.APPEND)
                        : Files.newOutputStream(part);
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

    private static Path beside(Path part, String ending) {
        return part.resolveSibling(part.getFileName() + ending);
    }

    private static String reason(IOException failure) {
        return failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
    }
}
