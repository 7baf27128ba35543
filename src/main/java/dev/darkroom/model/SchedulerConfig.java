package dev.darkroom.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code scheduler/scheduler_config.json} says.
 *
 * @param className of diffusers' scheduler, or empty
 * @param prediction what the denoiser predicts
 * @param schedule what it was trained on
 * @param curve Fooocus' name of the noise levels' curve, or null if the file states none
 */
record SchedulerConfig(
        String className,
        Prediction prediction,
        TrainingSchedule schedule,
        @Nullable String curve) {

    private static final List<String> SPACINGS = List.of("leading", "linspace", "trailing");

    /** Far above what any model was trained on. */
    private static final double MOST_SIGMA = 1e4;

    /** @throws ModelException naming the file and what in it is missing or not supported */
    static SchedulerConfig read(Path file) throws ModelException {
        JsonNode node = JsonFile.required(file);
        String className = node.path("_class_name").asText("");
        if (className.contains("FlowMatch")) {
            throw new ModelException(
                    "%s: models that are sampled by %s are not supported yet".formatted(file, className));
        }
        EdmRange edm = edm(node, className, file);
        Prediction prediction = prediction(node, file);
        if (className.startsWith("EDM") && prediction == Prediction.EPSILON) {
            prediction = Prediction.EDM;
        }
        String curve = null;
        if (className.startsWith("EDM")) {
            curve = node.path("sigma_schedule").asText("karras");
            if (!curve.equals("karras") && !curve.equals("exponential")) {
                throw new ModelException(
                        "%s: sigma_schedule must be karras or exponential, found \"%s\"".formatted(file, curve));
            }
        }
        return new SchedulerConfig(className, prediction, schedule(node, className, file, edm), curve);
    }

    /**
     * Returns the continuous noise levels that a scheduler of EDM states, or Euler's with {@code timestep_type}
     * {@code continuous}, whose latents have variance one; null for all others.
     */
    private static @Nullable EdmRange edm(JsonNode node, String className, Path file) throws ModelException {
        boolean ownUnit = className.startsWith("EDM");
        if (!ownUnit && !node.path("timestep_type").asText().equals("continuous")) {
            return null;
        }
        if (!ownUnit && !node.path("prediction_type").asText().equals("v_prediction")) {
            throw new ModelException("%s: timestep_type continuous needs prediction_type v_prediction".formatted(file));
        }
        EdmRange range = new EdmRange(
                node.path("sigma_min").asDouble(0.002),
                node.path("sigma_max").asDouble(ownUnit ? 80 : 700),
                ownUnit ? node.path("sigma_data").asDouble(0.5) : 1);
        if (!(range.lowest() > 0)
                || !(range.highest() > range.lowest())
                || !(range.highest() <= MOST_SIGMA)
                || !(range.deviation() > 0)
                || !(range.deviation() <= MOST_SIGMA)) {
            throw new ModelException(
                    "%s: sigma_min and sigma_max must grow from above 0, and sigma_data be above 0".formatted(file));
        }
        return range;
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

    private static TrainingSchedule schedule(JsonNode node, String className, Path file, @Nullable EdmRange edm)
            throws ModelException {
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
                node.path("steps_offset").asInt(0),
                edm);
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
