package dev.darkroom;

import dev.darkroom.settings.Settings;
import java.util.List;

/**
 * What a node does.
 *
 * @param http answers clients
 * @param sampler runs tasks
 */
record Roles(boolean http, boolean sampler) {

    private static final List<String> BOTH = List.of("http", "sampler");

    /** Reads {@code roles}; {@code sampler.enabled: false} takes the sampler's away. */
    static Roles from(Settings settings, boolean samplerEnabled) {
        List<String> named = settings.list("roles", BOTH);
        if (named.isEmpty() || !BOTH.containsAll(named)) {
            settings.reject("roles", "expected http, sampler or both, found " + named);
            return new Roles(true, samplerEnabled);
        }
        if (!samplerEnabled && !named.contains("http")) {
            settings.reject("roles", "a node that neither answers clients nor runs tasks does nothing");
        }
        return new Roles(named.contains("http"), named.contains("sampler") && samplerEnabled);
    }
}
