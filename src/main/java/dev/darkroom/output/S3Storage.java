package dev.darkroom.output;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;

/**
 * Pictures in an S3-compatible bucket. Amazon's client tries again by itself what may be tried again. The only class
 * that knows that client, so that a server without a bucket never loads it.
 */
final class S3Storage implements ObjectStorage {

    private static final String MODIFIED = "modified";
    /** What one request may delete. */
    private static final int MOST_DELETED = 1000;

    private final ObjectStorageConfig config;
    private final S3Client client;

    /** Connects to nothing yet. */
    S3Storage(ObjectStorageConfig config) {
        this.config = config;
        S3ClientBuilder builder = S3Client.builder()
                .region(Region.of(config.region()))
                .forcePathStyle(config.pathStyle())
                // others than Amazon do not all know the newer checksums
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .httpClientBuilder(UrlConnectionHttpClient.builder()
                        .connectionTimeout(Duration.ofSeconds(3))
                        .socketTimeout(Duration.ofSeconds(30)));
        if (!config.endpoint().isEmpty()) {
            builder.endpointOverride(config.endpointUri());
        }
        if (!config.accessKey().isEmpty()) {
            builder.credentialsProvider(StaticCredentialsProvider.create(
                    AwsBasicCredentials.create(config.accessKey(), config.secretKey())));
        }
        client = builder.build();
    }

    @Override
    public void put(String path, Path file) throws IOException {
        String modified = Long.toString(Files.getLastModifiedTime(file).toMillis());
        ask(() -> client.putObject(
                request -> request.bucket(config.bucket())
                        .key(config.key(path))
                        .contentType(PictureFile.mediaType(path))
                        .metadata(Map.of(MODIFIED, modified)),
                RequestBody.fromFile(file)));
    }

    @Override
    public boolean get(String path, Path file) throws IOException {
        try {
            GetObjectResponse found = ask(() ->
                    client.getObject(request -> request.bucket(config.bucket()).key(config.key(path)), file));
            PictureFile.setModified(file, modified(found));
            return true;
        } catch (NoSuchKeyException missing) {
            Files.deleteIfExists(file);
            return false;
        }
    }

    private static long modified(GetObjectResponse found) {
        String kept = found.metadata().get(MODIFIED);
        if (kept != null && kept.matches("\\d{1,15}")) {
            return Long.parseLong(kept);
        }
        Instant stored = found.lastModified();
        return stored == null ? 0 : stored.toEpochMilli();
    }

    @Override
    public void delete(Collection<String> paths) throws IOException {
        List<ObjectIdentifier> all = paths.stream()
                .map(path -> ObjectIdentifier.builder().key(config.key(path)).build())
                .toList();
        for (int from = 0; from < all.size(); from += MOST_DELETED) {
            List<ObjectIdentifier> some = all.subList(from, Math.min(all.size(), from + MOST_DELETED));
            var answer = ask(() -> client.deleteObjects(request -> request.bucket(config.bucket())
                    .delete(delete -> delete.objects(some).quiet(true))));
            if (!answer.errors().isEmpty()) {
                throw new IOException("Object storage does not delete %s: %s"
                        .formatted(
                                answer.errors().get(0).key(),
                                answer.errors().get(0).message()));
            }
        }
    }

    private interface Question<T> {
        T ask();
    }

    private <T> T ask(Question<T> question) throws IOException {
        try {
            return question.ask();
        } catch (NoSuchKeyException missing) {
            throw missing;
        } catch (SdkException refused) {
            throw new IOException("Object storage (%s) fails: %s".formatted(config, refused.getMessage()), refused);
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
