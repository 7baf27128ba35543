package dev.darkroom.http.fooocus;

import java.io.IOException;
import java.util.List;

/** Knows which presets requests may name. */
@FunctionalInterface
public interface PresetNames {

    /** Returns the names without their files' endings, in order; may block. */
    List<String> all() throws IOException;
}
