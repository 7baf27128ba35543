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
    private final HttpClient client;

    /** Makes a client with threads of its own, which end when it is collected. */
    public PeerClient(PeerSignature signature) {
        this.signature = signature;
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
            HttpResponse<Path> answer = send(request, BodyHandlers.ofFile(file));
            if (answer.statusCode() != 200) {
                Files.deleteIfExists(file);
                if (answer.statusCode() == 404) {
                    return false;
                }
                throw refused(url, answer.statusCode());
            }
            PictureFile.setModified(
                    file, answer.headers().firstValueAsLong(MODIFIED).orElse(0));
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
     */
    public void give(String url, String path, Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        URI target = target(url, path);
        HttpRequest request = signed("PUT", target, PeerSignature.digest(bytes))
                .header(MODIFIED, Long.toString(Files.getLastModifiedTime(file).toMillis()))
                .PUT(HttpRequest.BodyPublishers.ofByteArray(bytes))
                .build();
        int status = send(request, BodyHandlers.discarding()).statusCode();
        if (status != 204) {
            throw refused(url, status);
        }
    }

    private static IOException refused(String url, int status) {
        return new IOException("The node at %s answered %d%s"
                .formatted(url, status, status == 401 ? ": it has another cluster.secret, or another time" : ""));
    }

    private HttpRequest.Builder signed(String method, URI target, String digest) {
        String time = signature.now();
        return HttpRequest.newBuilder(target)
                .timeout(PATIENCE)
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

    private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> body) throws IOException {
        try {
            return client.send(request, body);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while another node was asked");
        }
    }
}
