package dev.darkroom.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Against a small stand-in, or against the S3-compatible server that {@code DARKROOM_TEST_S3} names, which must have a
 * bucket {@code darkroom} for the key {@code testing} with the secret {@code testing-secret}.
 */
class ObjectStorageTest {

    private static BucketServer bucket;
    private static String endpoint;

    @TempDir
    Path folder;

    @BeforeAll
    static void open() throws IOException {
        endpoint = System.getenv("DARKROOM_TEST_S3");
        if (endpoint == null) {
            bucket = new BucketServer("darkroom");
            endpoint = bucket.endpoint();
        }
    }

    @AfterAll
    static void close() {
        if (bucket != null) {
            bucket.close();
        }
    }

    private static ObjectStorage storage(String endpoint) {
        Settings settings = new Settings(Map.of(
                "object-storage.bucket", "darkroom",
                "object-storage.endpoint", endpoint,
                "object-storage.prefix", "some/images",
                "object-storage.access-key", "testing",
                "object-storage.secret-key", "testing-secret"));
        ObjectStorageConfig config = ObjectStorageConfig.from(settings);
        assertThat(settings.mistakes()).isEmpty();
        return ObjectStorage.open(config);
    }

    @Test
    void whatIsStoredComesBackWithItsTimeUntilItIsDeleted() throws Exception {
        String path = "2026-11-21/ü b-%d.png".formatted(System.nanoTime());
        Path file = folder.resolve("cat.png");
        byte[] bytes = new byte[200_000];
        new java.util.Random(1).nextBytes(bytes);
        Files.write(file, bytes);
        Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000_123_456L));
        try (ObjectStorage storage = storage(endpoint)) {
            assertThat(storage.get(path, folder.resolve("none.png"))).isFalse();
            assertThat(folder.resolve("none.png")).doesNotExist();

            storage.put(path, file);
            storage.put(path, file);
            Path back = folder.resolve("back.png");
            assertThat(storage.get(path, back)).isTrue();
            assertThat(back).hasBinaryContent(bytes);
            assertThat(Files.getLastModifiedTime(back).toMillis()).isEqualTo(1_000_000_123_456L);

            storage.delete(List.of(path, "2026-11-21/never.png"));
            assertThat(storage.get(path, folder.resolve("again.png"))).isFalse();
        }
    }

    @Test
    void aStorageThatIsNotThereIsAnIoException() throws Exception {
        Path file = Files.write(folder.resolve("cat.png"), new byte[10]);
        BucketServer closed = new BucketServer("darkroom");
        closed.close();
        try (ObjectStorage storage = storage(closed.endpoint())) {
            assertThatThrownBy(() -> storage.put("a.png", file))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("bucket darkroom")
                    .hasMessageNotContaining("testing-secret");
        }
    }
}
