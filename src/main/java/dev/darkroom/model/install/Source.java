package dev.darkroom.model.install;

import java.net.URI;
import java.nio.file.FileSystemNotFoundException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads what a person calls the place of a model. */
final class Source {

    private Source() {}

    /** Returns the address if the text is one of the web, else null. */
    static @Nullable URI address(String text) throws InstallException {
        String lower = text.toLowerCase(Locale.ROOT);
        if (lower.startsWith("http://") || lower.startsWith("https://")) {
            try {
                URI address = URI.create(text);
                if (address.getHost() != null) {
                    return address;
                }
            } catch (IllegalArgumentException malformed) {
                throw new InstallException("%s is no address: %s".formatted(text, malformed.getMessage()), malformed);
            }
            throw new InstallException("%s is no address: it names no host".formatted(text));
        }
        if (lower.matches("[a-z][a-z0-9+.-]+://.*") && !lower.startsWith("file:")) {
            throw new InstallException(
                    "%s can't be read: http, https and file addresses are known, and paths".formatted(text));
        }
        return null;
    }

    /** Returns the path that a text or a file address names. */
    static Path path(String text) throws InstallException {
        try {
            return text.startsWith("file:") ? Path.of(URI.create(text)) : Path.of(text);
        } catch (IllegalArgumentException | FileSystemNotFoundException malformed) {
            throw new InstallException("%s is no path: %s".formatted(text, malformed.getMessage()), malformed);
        }
    }

    /** Returns the last part of an address or path, without a query. */
    static String lastName(String text) {
        String path = text.replaceFirst("[?#].*", "").replaceFirst("/+$", "").replaceFirst("/+\\.$", "");
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
