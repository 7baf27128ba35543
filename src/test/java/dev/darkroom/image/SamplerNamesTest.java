package dev.darkroom.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.diffusion.SamplerName;
import dev.darkroom.diffusion.Samplers;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pictures name samplers as the samplers name themselves, though the two stand in different rooms. */
class SamplerNamesTest {

    static Iterable<SamplerName> samplers() {
        return Samplers.all();
    }

    @ParameterizedTest
    @MethodSource("samplers")
    void aPictureNamesItsSamplerAsAutomatic1111Does(SamplerName sampler) {
        String written = A1111Text.samplerCalled(sampler.id());
        assertThat(written).isEqualTo(sampler.a1111() == null ? sampler.id() : sampler.a1111());
        String read = A1111Text.samplerNamed(written);
        assertThat(Samplers.all())
                .filteredOn(other -> other.id().equals(read))
                .singleElement()
                .satisfies(
                        other -> assertThat(A1111Text.samplerCalled(other.id())).isEqualTo(written));
    }
}
