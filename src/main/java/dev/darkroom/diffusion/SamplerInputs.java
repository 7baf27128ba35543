package dev.darkroom.diffusion;

/**
 * What a sampler is made of.
 *
 * @param schedule the model's noise levels
 * @param state where it starts, or goes on
 * @param noise what it draws after the first noise
 */
record SamplerInputs(NoiseSchedule schedule, SamplerState state, SamplerNoise noise) {

    /** Takes the noise from the image's seed. */
    static SamplerInputs of(NoiseSchedule schedule, SamplerState state) {
        return new SamplerInputs(schedule, state, new SeededNoise(state.seed(), state.sigmas()));
    }
}
