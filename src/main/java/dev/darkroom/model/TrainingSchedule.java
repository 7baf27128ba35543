package dev.darkroom.model;

import org.jspecify.annotations.Nullable;

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
 * @param edm continuous noise levels in place of the betas, or null; timesteps then divide the way between the two ends
 *     evenly, along the levels' logarithms
 */
public record TrainingSchedule(
        int trainSteps,
        double betaStart,
        double betaEnd,
        String betaSchedule,
        boolean zeroTerminalSnr,
        String timestepSpacing,
        int stepsOffset,
        @Nullable EdmRange edm) {

    /** Makes a schedule of betas. */
    public TrainingSchedule(
            int trainSteps,
            double betaStart,
            double betaEnd,
            String betaSchedule,
            boolean zeroTerminalSnr,
            String timestepSpacing,
            int stepsOffset) {
        this(trainSteps, betaStart, betaEnd, betaSchedule, zeroTerminalSnr, timestepSpacing, stepsOffset, null);
    }

    /** Returns what the network is told of a timestep: itself, or what EDM makes of its noise level. */
    double told(double timestep) {
        return edm == null ? timestep : edm.told(timestep / (trainSteps - 1));
    }
}
