package dev.darkroom.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;

/**
 * What {@code scheduler/scheduler_config.json} says.
 *
 * @param className of diffusers' scheduler, or empty
 * @param prediction what the denoiser predicts
 * @param schedule what it was trained on
 */
record SchedulerConfig(String className, Prediction prediction, TrainingSchedule schedule) {

    private static final List<String> SPACINGS = List.of("leading", "linspace", "trailing");

    /** @throws ModelException naming the file and what in it is missing or not supported */
    static SchedulerConfig read(Path file) throws ModelException {
        JsonNode node = JsonFile.required(file);
        String className = node.path("_class_name").asText("");
        for (String kind : List.of("FlowMatch", "EDM")) {
            if (className.contains(kind)) {
                throw new ModelException(
                        "%s: models that are sampled by %s are not supported yet".formatted(file, className));
            }
        }
        return new SchedulerConfig(className, prediction(node, file), schedule(node, className, file));
    }

    /** Tells whether the model was distilled to make a picture in a few steps without guidance, as the Turbo ones. */
    boolean fewSteps() {
        return className.startsWith("Euler")
                && schedule.timestepSpacing().equals("trailing")
                && prediction == Prediction.EPSILON
                && !schedule.zeroTerminalSnr();
    }

    /** Tells whether it is a latent consistency model. */
    boolean consistency() {
        return className.startsWith("LCM");
    }

    private static Prediction prediction(JsonNode node, Path file) throws ModelException {
        String type = node.path("prediction_type").asText("epsilon");
        return switch (type) {
            case "epsilon" -> Prediction.EPSILON;
            case "v_prediction" -> Prediction.V;
            default ->
                throw new ModelException(
                        "%s: prediction_type must be epsilon or v_prediction, found \"%s\"".formatted(file, type));
        };
    }

    private static TrainingSchedule schedule(JsonNode node, String className, Path file) throws ModelException {
        String betas = node.path("beta_schedule").asText("scaled_linear");
        if (!betas.equals("scaled_linear") && !betas.equals("linear")) {
            throw new ModelException(
                    "%s: beta_schedule must be scaled_linear or linear, found \"%s\"".formatted(file, betas));
        }
        if (node.hasNonNull("trained_betas")) {
            throw new ModelException("%s: trained_betas are not supported".formatted(file));
        }
        String spacing = node.path("timestep_spacing").asText(usualSpacing(className));
        if (!SPACINGS.contains(spacing)) {
            throw new ModelException("%s: timestep_spacing must be leading, linspace or trailing, found \"%s\""
                    .formatted(file, spacing));
        }
        int steps = node.path("num_train_timesteps").asInt(1000);
        double start = node.path("beta_start").asDouble(0.00085);
        double end = node.path("beta_end").asDouble(0.012);
        if (steps < 2 || !(start > 0) || !(end >= start) || !(end < 1)) {
            throw new ModelException("%s: the betas must grow from above 0 to below 1".formatted(file));
        }
        return new TrainingSchedule(
                steps,
                start,
                end,
                betas,
                node.path("rescale_betas_zero_snr").asBoolean(false),
                spacing,
                node.path("steps_offset").asInt(0));
    }

    /** What diffusers takes where an older file says nothing. */
    private static String usualSpacing(String className) {
        boolean continuous = className.startsWith("Euler")
                || className.startsWith("DPM")
                || className.startsWith("LMS")
                || className.startsWith("Heun")
                || className.startsWith("KDPM2");
        return continuous ? "linspace" : "leading";
    }
}
