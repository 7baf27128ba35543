package dev.darkroom.output;

import dev.darkroom.task.Attempt;
import java.io.IOException;
import java.util.Collection;

/**
 * What the nodes that share their pictures know together: which names are taken, which pictures count, which are to go.
 * Paths are those of a {@link dev.darkroom.task.SavedImage}. Safe from any thread; blocks.
 */
public interface PictureRegistry {

    /** Knows nothing and costs nothing: for a server that shares its pictures with nobody. */
    PictureRegistry NONE = new PictureRegistry() {
        @Override
        public boolean reserve(String path, Attempt attempt) {
            return true;
        }

        @Override
        public void keep(Collection<String> paths) {
            // nobody else asks
        }

        @Override
        public void forget(Attempt attempt) {
            // nobody else asks
        }

        @Override
        public void remove(Collection<String> paths) {
            // nobody else has copies
        }
    };

    /**
     * Takes a name for a picture that this node is about to write.
     *
     * @return false if some node has a picture of that name
     * @throws IOException if that can't be known now
     */
    boolean reserve(String path, Attempt attempt) throws IOException;

    /** Notes that a task's row names these pictures, which deserve copies from now on. */
    void keep(Collection<String> paths) throws IOException;

    /** Gives back the names of the attempt's pictures that were not kept, once their files are gone. */
    void forget(Attempt attempt) throws IOException;

    /** Has the pictures and all their copies deleted, soon. */
    void remove(Collection<String> paths) throws IOException;
}
