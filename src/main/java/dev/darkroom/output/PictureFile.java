package dev.darkroom.output;

import dev.darkroom.image.ImageFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;

/** What a copy of a picture's file must have in common with the first one. */
final class PictureFile {

    private PictureFile() {}

    static String mediaType(String path) {
        return ImageFormat.named(path.substring(path.lastIndexOf('.') + 1))
                .map(ImageFormat::mediaType)
                .orElse("application/octet-stream");
    }

    /** Sets the time that the file's entity tag is made of. */
    static void setModified(Path file, long epochMillis) throws IOException {
        if (epochMillis > 0) {
            Files.setLastModifiedTime(file, FileTime.fromMillis(epochMillis));
        }
    }
}
