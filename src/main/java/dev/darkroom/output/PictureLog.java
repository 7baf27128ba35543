package dev.darkroom.output;

import dev.darkroom.image.GenerationParameters;
import dev.darkroom.task.SavedImage;
import java.io.IOException;

/** Notes what made each picture, for people. Safe from any thread; blocks. */
public interface PictureLog {

    /** Notes nothing. */
    PictureLog NONE = (image, made) -> {};

    /** @throws IOException if it can't be noted; the picture is saved all the same */
    void add(SavedImage image, GenerationParameters made) throws IOException;
}
