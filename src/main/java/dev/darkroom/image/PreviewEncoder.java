package dev.darkroom.image;

import dev.darkroom.task.Preview;
import java.util.Map;

/** Makes the pictures that are shown while a task runs. Safe from any thread; blocks for milliseconds. */
public final class PreviewEncoder {

    private final PngCodec png = new PngCodec(PngEffort.FAST);

    /** Returns {@code picture} as a PNG file without parameters. */
    public Preview encode(RgbImage picture) {
        return new Preview(png.encode(picture, Map.of()), picture.width(), picture.height());
    }
}
