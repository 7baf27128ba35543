package dev.darkroom.diffusion;

import org.jspecify.annotations.Nullable;

/**
 * What a sampler is called.
 *
 * @param id Fooocus' name, such as {@code dpmpp_2m_sde_gpu}
 * @param a1111 what AUTOMATIC1111's web UI and the files it makes call it, or null if that has no name for it
 */
public record SamplerName(String id, @Nullable String a1111) {}
