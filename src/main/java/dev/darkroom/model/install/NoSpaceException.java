package dev.darkroom.model.install;

import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** A disk has no room for something. What has come is worth keeping until it has. */
final class NoSpaceException extends IOException {
    private static final long serialVersionUID = 1L;

    /** As Linux, macOS and Windows put it; Java has no exception of its own for a full disk. */
    private static final Pattern FULL =
            Pattern.compile("(?i)no space left|quota exceeded|not enough space|disk is full");

    private NoSpaceException(String message) {
        super(message);
    }

    /** Throws if a folder's disk has less room than that, as far as it can be told; {@link #known} names the folder. */
    static void unlessRoomFor(long bytes, Path folder) throws NoSpaceException {
        // asked of the folder itself: its mount, which Files.getFileStore looks up, is not to be found in a chroot
        long free = folder.toFile().getUsableSpace();
        // 0 also where it can't be told; a disk that is full says so when it is written to
        if (free > 0 && bytes > free) {
            throw new NoSpaceException("has too little space: %d MB are needed".formatted(megabytes(bytes)));
        }
    }

    private static long megabytes(long bytes) {
        return bytes / 1_000_000 + 1;
    }

    /**
     * Returns what failed, as an exception of this kind if the reason is a full disk.
     *
     * @param folder what to call the place, as nobody knows the hidden folders in it
     */
    static IOException known(IOException failed, Path folder) {
        String message = failed.getMessage();
        String reason;
        if (failed instanceof NoSpaceException) {
            reason = message;
        } else if (message != null && FULL.matcher(message).find()) {
            reason = "has no space left";
        } else {
            return failed;
        }
        NoSpaceException full = new NoSpaceException("%s %s".formatted(folder.toAbsolutePath(), reason));
        full.initCause(failed);
        return full;
    }
}
