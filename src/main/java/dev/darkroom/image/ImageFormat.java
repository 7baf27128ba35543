package dev.darkroom.image;

import java.util.Locale;
import java.util.Optional;

/** The kinds of file that pictures are saved and sent as. */
public enum ImageFormat {
    PNG("png", "image/png"),
    JPEG("jpeg", "image/jpeg"),
    WEBP("webp", "image/webp");

    private final String extension;
    private final String mediaType;

    ImageFormat(String extension, String mediaType) {
        this.extension = extension;
        this.mediaType = mediaType;
    }

    /** Returns the file name's end, without a dot. */
    public String extension() {
        return extension;
    }

    /** Returns what stands in {@code Content-Type}. */
    public String mediaType() {
        return mediaType;
    }

    /** Returns the format that {@code name} means, whatever its case; {@code jpg} is JPEG. */
    public static Optional<ImageFormat> named(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "png" -> Optional.of(PNG);
            case "jpeg", "jpg" -> Optional.of(JPEG);
            case "webp" -> Optional.of(WEBP);
            default -> Optional.empty();
        };
    }
}
