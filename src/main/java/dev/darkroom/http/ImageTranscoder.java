package dev.darkroom.http;

import dev.darkroom.image.ImageFormat;
import java.io.IOException;

/** Turns a picture's file into another format. Blocks; safe from any thread. */
@FunctionalInterface
public interface ImageTranscoder {

    /**
     * Returns the whole file in {@code format}.
     *
     * @throws IOException if {@code file} is no picture that can be read
     */
    byte[] transcode(byte[] file, ImageFormat format) throws IOException;
}
