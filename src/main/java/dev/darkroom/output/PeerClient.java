package dev.darkroom.output;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Brings pictures from other nodes and to them. Safe from any thread; blocks. */
public final class PeerClient {

    /** What the paths of pictures stand behind. */
    public static final String PREFIX = "/pictures/";

    /** When the file was written, in milliseconds since 1970. */
    public static final String MODIFIED = "X-Darkroom-Modified";

    private static final String NO_BODY = PeerSignature.digest(new byte[0]);
    private static final Duration CONNECT = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final PeerSignature signature;
    private final Duration patience;
    private final HttpClient client;

    /** Makes a client with threads of its own, which end when it is collected. */
    public PeerClient(PeerSignature signature) {
        this(signature, PATIENCE);
    }

    /** @param patience for a whole answer */
    PeerClient(PeerSignature signature, Duration patience) {
        this.signature = signature;
        this.patience = patience;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT)
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    /**
     * Writes a picture that another node has to a file, which must not exist.
     *
     * @param url of the node
     * @return false if it has none of that path
     * @throws IOException if the node does not answer as it should; no file is left
     */
    public boolean fetch(String url, String path, Path file) throws IOException {
        URI target = target(url, path);
        HttpRequest request = signed("GET", target, NO_BODY).GET().build();
        try {
            HttpResponse<Path> answer = send(request, BodyHandlers.ofFile(file), patience);
            if (answer.statusCode() != 200) {
                Files.deleteIfExists(file);
                if (answer.statusCode() == 404) {
                    return false;
                }
                throw refused(url, answer.statusCode());
            }
            PictureFile.setModified(
                    file,
                    answer.headers()
                            .firstValue(MODIFIED)
                            .filter(time -> time.matches("\\d{1,15}"))
                            .map(Long::valueOf)
                            .orElse(0L));
            return true;
        } catch (IOException broken) {
            Files.deleteIfExists(file);
            throw broken;
        }
    }

    /**
     * Gives another node a copy of a picture; returns once it is on that node's disk.
     *
     * @param url of the node
     * @return false if that node has another file under the path
     * @throws UnansweredException if the node does not answer as it should
     */
    public boolean give(String url, String path, Path file) throws IOException {
        return give(url, path, file, patience);
    }

    /**
     * The same.
     *
     * @param patience for the whole answer
     */
    public boolean give(String url, String path, Path file, Duration patience) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        URI target = target(url, path);
        HttpRequest request = signed("PUT", target, PeerSignature.digest(bytes))
                .header(MODIFIED, Long.toString(Files.getLastModifiedTime(file).toMillis()))
                .PUT(HttpRequest.BodyPublishers.ofByteArray(bytes))
                .build();
        int status;
        try {
            status = send(request, BodyHandlers.discarding(), patience).statusCode();
        } catch (InterruptedIOException ended) {
            throw ended;
        } catch (IOException broken) {
            throw new UnansweredException(
                    "The node at %s does not answer: %s".formatted(url, broken.getMessage()), broken);
        }
        if (status == 204 || status == 409) {
            return status == 204;
        }
        throw new UnansweredException(refused(url, status).getMessage(), null);
    }

    /** A node that is away, or does not do what it should. */
    public static final class UnansweredException extends IOException {

        private static final long serialVersionUID = 1L;

        private UnansweredException(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    private static IOException refused(String url, int status) {
        return new IOException("The node at %s answered %d%s"
                .formatted(url, status, status == 401 ? ": it has another cluster.secret, or another time" : ""));
    }

    private HttpRequest.Builder signed(String method, URI target, String digest) {
        String time = signature.now();
        return HttpRequest.newBuilder(target)
                .header(PeerSignature.TIME, time)
                .header(PeerSignature.DIGEST, digest)
                .header(PeerSignature.SIGNATURE, signature.sign(method, target.getRawPath(), time, digest));
    }

    private static URI target(String url, String path) throws IOException {
        try {
            String escaped = new URI(null, null, "/" + path, null).toASCIIString();
            String base = url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
            return URI.create(base + PREFIX + escaped.substring(1));
        } catch (URISyntaxException | IllegalArgumentException malformed) {
            throw new IOException("No URL leads to " + path, malformed);
        }
    }

    /** A refused connection comes without a message. */
    private static String reason(Throwable failure) {
        return failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
    }

    private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> body, Duration patience)
            throws IOException {
        // a request's own time-out ends with the headers, and a node may hang in the middle of a body
        CompletableFuture<HttpResponse<T>> answer = client.sendAsync(request, body);
        try {
            return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException broken) {
            throw new IOException(reason(broken.getCause()), broken.getCause());
        } catch (TimeoutException late) {
            answer.cancel(true);
            throw new IOException("no whole answer in " + patience.toMillis() + " ms", late);
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while another node was asked");
        }
    }
}
