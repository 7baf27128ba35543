package dev.darkroom.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.image.ImageDecoder;
import dev.darkroom.image.ImageFormat;
import dev.darkroom.testing.BlockedThreadWatch;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(BlockedThreadWatch.class)
final class ImageFilesTest {

    @TempDir
    static Path folder;

    private static HttpStage stage;
    private static byte[] file;

    @BeforeAll
    static void open() throws Exception {
        stage = new HttpStage(folder.resolve("outputs"), Map.of());
        stage.picture("2026-11-21/a b/ü.png");
        stage.picture("../secret.png");
        file = Files.readAllBytes(folder.resolve("outputs/2026-11-21/a b/ü.png"));
        Files.writeString(folder.resolve("outputs/log.html"), "<html>");
    }

    @AfterAll
    static void close() {
        stage.close();
    }

    private static HttpResponse<byte[]> get(String method, String... headers) throws Exception {
        HttpRequest.Builder request = stage.request("/outputs/2026-11-21/a%20b/%C3%BC.png")
                .method(method, HttpRequest.BodyPublishers.noBody());
        if (headers.length > 0) {
            request.headers(headers);
        }
        return stage.client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    @Test
    void theBareFolderIsNotFound() throws Exception {
        for (String path : List.of("/outputs", "/outputs/")) {
            assertThat(stage.send(stage.request(path)).statusCode()).as(path).isEqualTo(404);
        }
    }

    @Test
    void aFileComesWholeWithItsTag() throws Exception {
        HttpResponse<byte[]> answer = get("GET");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(file);
        assertThat(answer.headers().firstValue("content-type")).contains("image/png");
        assertThat(answer.headers().firstValue("accept-ranges")).contains("bytes");
        String tag = answer.headers().firstValue("etag").orElseThrow();
        HttpResponse<byte[]> known = get("GET", "If-None-Match", "\"x\", " + tag);
        assertThat(known.statusCode()).isEqualTo(304);
        assertThat(known.body()).isEmpty();
        assertThat(get("GET", "If-None-Match", "\"x\"").statusCode()).isEqualTo(200);
        String date = answer.headers().firstValue("last-modified").orElseThrow();
        assertThat(get("GET", "If-Modified-Since", date).statusCode()).isEqualTo(304);
    }

    @Test
    void headTellsTheSameWithoutABody() throws Exception {
        HttpResponse<byte[]> answer = get("HEAD");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEmpty();
        assertThat(answer.headers().firstValue("content-length")).contains(Integer.toString(file.length));
        assertThat(answer.headers().firstValue("etag")).isPresent();
    }

    @Test
    void rangesAreCutOut() throws Exception {
        int size = file.length;
        assertRange("bytes=0-9", 0, 10);
        assertRange("bytes=10-", 10, size);
        assertRange("bytes=-7", size - 7, size);
        assertRange("bytes=5-999999999", 5, size);
        HttpResponse<byte[]> beyond = get("GET", "Range", "bytes=" + size + "-");
        assertThat(beyond.statusCode()).isEqualTo(416);
        assertThat(beyond.headers().firstValue("content-range")).contains("bytes */" + size);
        assertThat(get("GET", "Range", "bytes=0-1,3-4").statusCode()).isEqualTo(200);
        assertThat(get("GET", "Range", "bytes=0-1", "If-Range", "\"old\"").statusCode())
                .isEqualTo(200);
    }

    private static void assertRange(String header, int from, int to) throws Exception {
        HttpResponse<byte[]> part = get("GET", "Range", header);
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body()).isEqualTo(Arrays.copyOfRange(file, from, to));
        assertThat(part.headers().firstValue("content-range"))
                .contains("bytes " + from + "-" + (to - 1) + "/" + file.length);
    }

    @Test
    void anExactImageTypeIsMadeOnTheWay() throws Exception {
        for (ImageFormat format : ImageFormat.values()) {
            HttpResponse<byte[]> answer = get("GET", "Accept", format.mediaType());
            assertThat(answer.headers().firstValue("content-type")).contains(format.mediaType());
            assertThat(answer.headers().firstValue("vary")).contains("Accept, Origin");
            assertThat(new ImageDecoder().format(answer.body())).isEqualTo(format);
        }
        assertThat(get("GET", "Accept", "image/png,image/*;q=0.8,*/*;q=0.5").body())
                .isEqualTo(file);
        String png = get("HEAD").headers().firstValue("etag").orElseThrow();
        assertThat(get("HEAD", "Accept", "image/webp").headers().firstValue("etag"))
                .isPresent()
                .isNotEqualTo(java.util.Optional.of(png));
    }

    @Test
    void nothingBesideTheFolderIsSent() throws Exception {
        for (String path : List.of(
                "/outputs/../secret.png",
                "/outputs/%2e%2e/secret.png",
                "/outputs/..%2fsecret.png",
                "/outputs/x/../../secret.png",
                "/outputs/%2e%2e%2fsecret.png%00.png",
                "/outputs//etc/passwd.png",
                "/outputs/log.html",
                "/outputs/",
                "/outputs/%zz.png")) {
            try (Socket socket = stage.raw("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")) {
                BufferedReader reader =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
                assertThat(reader.readLine()).as(path).containsPattern(" (400|404) ");
            }
        }
    }
}
