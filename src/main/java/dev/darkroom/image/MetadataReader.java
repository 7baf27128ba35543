package dev.darkroom.image;

import java.util.Map;
import java.util.Optional;

/**
 * Reads back what made a picture, from PNG, JPEG and WebP files that Darkroom, Fooocus or AUTOMATIC1111 wrote. Safe from
 * any thread; quick, since pixels are not touched.
 */
public final class MetadataReader {

    private final ImageDecoder decoder = new ImageDecoder();

    /**
     * Returns what the file says, or nothing if it says nothing of its making.
     *
     * @throws ImageException if the file is damaged or of an unknown kind
     */
    public Optional<ReadMetadata> read(byte[] file) throws ImageException {
        Map<String, String> keywords = decoder.parameters(file);
        String raw = keywords.getOrDefault(GenerationParameters.PARAMETERS, "");
        if (raw.isBlank()) {
            return Optional.empty();
        }
        // the text itself says how it is written: other programs write no scheme beside it
        return Optional.of(FooocusJson.parse(raw)
                .map(values -> new ReadMetadata(FooocusJson.SCHEME, raw, values))
                .orElseGet(() -> new ReadMetadata(A1111Text.SCHEME, raw, A1111Parser.parse(raw))));
    }
}
