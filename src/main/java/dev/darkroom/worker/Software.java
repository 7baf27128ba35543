package dev.darkroom.worker;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** What made a picture, as its parameters say. */
final class Software {

    private static final String RESOURCE = "software.txt";

    /** Name and version, as the build wrote them: {@code Darkroom 0.1.0}. */
    static final String NAME = read();

    private Software() {}

    private static String read() {
        try (InputStream in = Software.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("not on the class path: " + RESOURCE);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
