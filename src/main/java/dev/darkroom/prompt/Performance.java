package dev.darkroom.prompt;

import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What {@code performance_selection} may be. The last three are made for a LoRA that lets a model do with few steps; with
 * it they also force {@link #GUIDANCE} and switch sharpness and adaptive guidance off.
 */
public enum Performance {
    QUALITY("Quality", 60, null, null, null),
    SPEED("Speed", 30, null, null, null),
    EXTREME_SPEED("Extreme Speed", 8, new LoraWeight("sdxl_lcm_lora.safetensors", 1.0), "lcm", "lcm"),
    LIGHTNING("Lightning", 4, new LoraWeight("sdxl_lightning_4step_lora.safetensors", 1.0), "euler", "sgm_uniform"),
    HYPER_SD("Hyper-SD", 4, new LoraWeight("sdxl_hyper_sd_4step_lora.safetensors", 0.8), "dpmpp_sde_gpu", "karras");

    /** The guidance that a preset with a LoRA forces: the negative prompt has no effect. */
    public static final double GUIDANCE = 1.0;

    private final String title;
    private final int steps;
    private final @Nullable LoraWeight lora;
    private final @Nullable String sampler;
    private final @Nullable String scheduler;

    Performance(
            String title, int steps, @Nullable LoraWeight lora, @Nullable String sampler, @Nullable String scheduler) {
        this.title = title;
        this.steps = steps;
        this.lora = lora;
        this.sampler = sampler;
        this.scheduler = scheduler;
    }

    /** Returns the one that a request calls {@code name}. */
    public static Optional<Performance> named(String name) {
        return Arrays.stream(values())
                .filter(performance -> performance.title.equals(name))
                .findFirst();
    }

    /** Returns what requests call it. */
    public String title() {
        return title;
    }

    /** Returns how many steps it takes. */
    public int steps() {
        return steps;
    }

    /** Returns the LoRA that it is made for, or null. */
    public @Nullable LoraWeight lora() {
        return lora;
    }

    /** Returns the sampler that it forces, or null for the request's. */
    public @Nullable String sampler() {
        return sampler;
    }

    /** Returns the schedule that it forces, or null for the request's. */
    public @Nullable String scheduler() {
        return scheduler;
    }
}
