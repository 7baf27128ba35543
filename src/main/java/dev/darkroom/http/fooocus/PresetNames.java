package dev.darkroom.http.fooocus;

import java.util.List;

/** Knows which presets requests may name. */
@FunctionalInterface
public interface PresetNames {

    /** Returns the names, in order. */
    List<String> all();
}
