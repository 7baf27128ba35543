package dev.darkroom.model.install;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A SHA-256 sum.
 *
 * @param hex 64 digits, in lower case
 */
public record Checksum(String hex) {

    private static final Pattern DIGITS = Pattern.compile("(?i)\\b[0-9a-f]{64}\\b");

    /** Returns the sum that a text holds, as {@code sha256sum} writes it or alone. */
    public static Optional<Checksum> in(String text) {
        Matcher matcher = DIGITS.matcher(text);
        return matcher.find() ? Optional.of(new Checksum(matcher.group().toLowerCase(Locale.ROOT))) : Optional.empty();
    }

    /** Reads a file. */
    static Checksum of(Path file, Progress progress) throws IOException {
        MessageDigest digest = sha256();
        long total = Files.size(file);
        long done = 0;
        byte[] buffer = new byte[1 << 20];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
                done += read;
                progress.at("Checking", done, total);
            }
        }
        return new Checksum(HexFormat.of().formatHex(digest.digest()));
    }

    static String ofText(String text) {
        return HexFormat.of().formatHex(sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException everyPlatformHasIt) {
            throw new IllegalStateException(everyPlatformHasIt);
        }
    }
}
