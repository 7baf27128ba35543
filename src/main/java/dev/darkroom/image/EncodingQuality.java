package dev.darkroom.image;

/**
 * What files are traded for: time against size in PNG, which loses nothing, and looks against size in the others.
 *
 * @param png how hard to compress
 * @param jpeg 0 to 1; colour is kept at full resolution at any quality
 * @param webp 0 to 1, lossy at any quality
 */
public record EncodingQuality(PngEffort png, float jpeg, float webp) {

    /** Differences stay below what is seen at arm's length: JPEG at 0.95 as Fooocus has it, WebP at 0.9. */
    public static final EncodingQuality DEFAULT = new EncodingQuality(PngEffort.SMALL, 0.95f, 0.9f);

    /** @throws IllegalArgumentException if a quality is not between 0 and 1 */
    public EncodingQuality {
        if (!(jpeg >= 0 && jpeg <= 1 && webp >= 0 && webp <= 1)) {
            throw new IllegalArgumentException("qualities are between 0 and 1: JPEG %s, WebP %s".formatted(jpeg, webp));
        }
    }
}
