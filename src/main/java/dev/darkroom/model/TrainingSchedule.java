package dev.darkroom.model;

/**
 * The noise schedule that a denoiser was trained on, as {@code scheduler/scheduler_config.json} states it.
 *
 * @param trainSteps how many discrete timesteps, usually 1000
 * @param betaStart first beta
 * @param betaEnd last beta
 * @param betaSchedule {@code scaled_linear} or {@code linear}
 * @param zeroTerminalSnr betas are rescaled so that the last timestep is pure noise (Lin et al. 2023)
 * @param timestepSpacing {@code leading}, {@code linspace} or {@code trailing}
 * @param stepsOffset added to timesteps with {@code leading} spacing
 */
public record TrainingSchedule(
        int trainSteps,
        double betaStart,
        double betaEnd,
        String betaSchedule,
        boolean zeroTerminalSnr,
        String timestepSpacing,
        int stepsOffset) {}
