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

    private static final List<String> PREDICTIONS = List.of("epsilon", "v_prediction");
    private static final List<String> CURVES = List.of("karras", "exponential");
    private static final List<String> BETAS = List.of("scaled_linear", "linear");
    private static final List<String> SPACINGS = List.of("leading", "linspace", "trailing");

    /** Far above what any model was trained on. */
    private static final int MOST_SIGMA = 10_000;

    /** A sampler makes up to as many steps as there are timesteps, and the slowest performance has 60. */
    private static final int LEAST_TIMESTEPS = 100;

    /** A hundred times the usual; each task has tables of so many noise levels. */
    private static final int MOST_TIMESTEPS = 100_000;

    /** @throws ModelException naming the file and what in it is missing or not supported */
    static SchedulerConfig read(Path path) throws ModelException {
        ConfigFile file = ConfigFile.required(path);
        String className = file.text("_class_name", "");
        if (className.contains("FlowMatch")) {
            throw new ModelException(
                    "%s: models that are sampled by %s are not supported yet".formatted(path, className));
        }
        EdmRange edm = edm(file, className);
        Prediction prediction =
                choice(file, "prediction_type", "epsilon", PREDICTIONS).equals("epsilon")
                        ? Prediction.EPSILON
                        : Prediction.V;
        boolean ownUnit = className.startsWith("EDM");
        if (ownUnit && prediction == Prediction.EPSILON) {
            prediction = Prediction.EDM;
        }
        String curve = ownUnit ? choice(file, "sigma_schedule", "karras", CURVES) : null;
        return new SchedulerConfig(className, prediction, schedule(file, className, edm), curve);
    }

    /**
     * Returns the continuous noise levels that a scheduler of EDM states, or Euler's with {@code timestep_type}
     * {@code continuous}, whose latents have variance one; null for all others.
     */
    private static @Nullable EdmRange edm(ConfigFile file, String className) throws ModelException {
        boolean ownUnit = className.startsWith("EDM");
        if (!ownUnit && !file.text("timestep_type", "").equals("continuous")) {
            return null;
        }
        if (!ownUnit && !file.text("prediction_type", "").equals("v_prediction")) {
            throw new ModelException(
                    "%s: timestep_type continuous needs prediction_type v_prediction".formatted(file.file()));
        }
        EdmRange range = new EdmRange(
                file.positive("sigma_min", 0.002, MOST_SIGMA),
                file.positive("sigma_max", ownUnit ? 80 : 700, MOST_SIGMA),
                ownUnit ? file.positive("sigma_data", 0.5, MOST_SIGMA) : 1);
        if (range.highest() <= range.lowest()) {
            throw new ModelException("%s: sigma_max must be above sigma_min, found %s and %s"
                    .formatted(file.file(), range.highest(), range.lowest()));
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

    private static TrainingSchedule schedule(ConfigFile file, String className, @Nullable EdmRange edm)
            throws ModelException {
        String betas = choice(file, "beta_schedule", "scaled_linear", BETAS);
        if (file.states("trained_betas")) {
            throw new ModelException("%s: trained_betas are not supported".formatted(file.file()));
        }
        String spacing = choice(file, "timestep_spacing", usualSpacing(className), SPACINGS);
        int steps = file.whole("num_train_timesteps", 1000, LEAST_TIMESTEPS, MOST_TIMESTEPS);
        double start = file.fraction("beta_start", 0.00085);
        double end = file.fraction("beta_end", 0.012);
        if (start > end) {
            throw new ModelException(
                    "%s: beta_start must not be above beta_end, found %s and %s".formatted(file.file(), start, end));
        }
        return new TrainingSchedule(
                steps,
                start,
                end,
                betas,
                file.flag("rescale_betas_zero_snr", false),
                spacing,
                // one that is added to a timestep has to leave it one
                file.whole("steps_offset", 0, 0, steps - 1),
                edm);
    }

    private static String choice(ConfigFile file, String key, String usual, List<String> known) throws ModelException {
        JsonNode node = file.stated(
                key,
                it -> it.isTextual() && known.contains(it.asText()),
                String.join(", ", known.subList(0, known.size() - 1)) + " or " + known.get(known.size() - 1));
        return node == null ? usual : node.asText();
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
