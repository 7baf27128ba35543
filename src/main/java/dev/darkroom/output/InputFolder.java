package dev.darkroom.output;

import dev.darkroom.image.ImageFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;

/** Where pictures lie that requests refer to, all in one folder, which need not exist. Safe from any thread; blocks. */
public final class InputFolder {

    private final Path folder;

    public InputFolder(Path folder) {
        this.folder = folder;
    }

    /**
     * Returns the picture of that name, if there is one.
     *
     * @param name as the network gave it: anything that leads out of the folder finds nothing
     */
    public Optional<Path> find(String name) {
        int dot = name.lastIndexOf('.');
        if (dot < 0 || ImageFormat.named(name.substring(dot + 1)).isEmpty() || !OutputFolder.isPlain(name)) {
            return Optional.empty();
        }
        try {
            Path file = folder.resolve(name);
            boolean inside = name.indexOf('/') < 0 && file.toRealPath().startsWith(folder.toRealPath());
            return inside && Files.isRegularFile(file) ? Optional.of(file) : Optional.empty();
        } catch (InvalidPathException | IOException notThere) {
            return Optional.empty();
        }
    }
}
