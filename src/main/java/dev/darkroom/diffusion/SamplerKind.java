package dev.darkroom.diffusion;

import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The samplers there are. To add one, write its class and enter it here. */
enum SamplerKind {
    EULER("euler", "Euler", Euler::new),
    EULER_ANCESTRAL("euler_ancestral", "Euler a", EulerAncestral::new),
    HEUN("heun", "Heun", Heun::new),
    HEUNPP2("heunpp2", null, HeunPlusPlus::new),
    DPM_2("dpm_2", "DPM2", Dpm2::new),
    DPM_2_ANCESTRAL("dpm_2_ancestral", "DPM2 a", Dpm2Ancestral::new),
    LMS("lms", "LMS", Lms::new),
    DPM_FAST("dpm_fast", "DPM fast", DpmFast::new),
    DPM_ADAPTIVE("dpm_adaptive", "DPM adaptive", DpmAdaptive::new),
    DPMPP_2S_ANCESTRAL("dpmpp_2s_ancestral", "DPM++ 2S a", DpmPlusPlus2SAncestral::new),
    DPMPP_SDE("dpmpp_sde", "DPM++ SDE", DpmPlusPlusSde::new),
    DPMPP_SDE_GPU("dpmpp_sde_gpu", "DPM++ SDE", DpmPlusPlusSde::new),
    DPMPP_2M("dpmpp_2m", "DPM++ 2M", DpmPlusPlus2M::new),
    DPMPP_2M_SDE("dpmpp_2m_sde", "DPM++ 2M SDE", DpmPlusPlus2MSde::new),
    DPMPP_2M_SDE_GPU("dpmpp_2m_sde_gpu", "DPM++ 2M SDE", DpmPlusPlus2MSde::new),
    DPMPP_3M_SDE("dpmpp_3m_sde", null, DpmPlusPlus3MSde::new),
    DPMPP_3M_SDE_GPU("dpmpp_3m_sde_gpu", null, DpmPlusPlus3MSde::new),
    DDPM("ddpm", null, EulerAncestral::new),
    LCM("lcm", "LCM", Lcm::new),
    TCD("tcd", "TCD", Tcd::new),
    RESTART("restart", "Restart", Restart::new),
    DDIM("ddim", "DDIM", Euler::new),
    UNI_PC("uni_pc", "UniPC", UniPc::bh1),
    UNI_PC_BH2("uni_pc_bh2", null, UniPc::bh2);

    private final SamplerName samplerName;
    private final Function<SamplerInputs, Sampler> maker;

    SamplerKind(String id, @Nullable String a1111, Function<SamplerInputs, Sampler> maker) {
        this.samplerName = new SamplerName(id, a1111);
        this.maker = maker;
    }

    SamplerName samplerName() {
        return samplerName;
    }

    Sampler make(SamplerInputs inputs) {
        return maker.apply(inputs);
    }

    /**
     * Tells whether the schedule is made for one step more, and its last level above 0 is left out: a step of the second
     * order there gains nothing.
     */
    boolean skipsPenultimate() {
        return this == DPM_2 || this == DPM_2_ANCESTRAL;
    }

    /**
     * Returns the model calls of an image of so many steps. One that chooses its own steps is taken to need a call for
     * each; one that starts from pure noise may need one call fewer.
     */
    int calls(int steps) {
        if (steps < 1) {
            return 0;
        }
        return switch (this) {
            case HEUN, DPM_2, DPM_2_ANCESTRAL, DPMPP_2S_ANCESTRAL, DPMPP_SDE, DPMPP_SDE_GPU, RESTART -> 2 * steps - 1;
            case HEUNPP2 -> Math.max(steps, 3 * steps - 3);
            default -> steps;
        };
    }

    /** Makes of a schedule's noise levels what the sampler walks along. */
    double[] levels(double[] sigmas, NoiseSchedule noise) {
        return this == RESTART ? Restart.pairs(sigmas, noise) : sigmas;
    }

    /** @throws IllegalArgumentException if there is none; the message lists the known ones */
    static SamplerKind named(String id) {
        return Stream.of(values())
                .filter(kind -> kind.samplerName.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "unknown sampler " + id + "; known are " + String.join(", ", Samplers.names())));
    }
}
