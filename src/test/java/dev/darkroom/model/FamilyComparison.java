package dev.darkroom.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.darkroom.diffusion.Guidance;
import dev.darkroom.diffusion.Row;
import dev.darkroom.diffusion.Samplers;
import dev.darkroom.diffusion.SamplingPlan;
import dev.darkroom.diffusion.StepLoop;
import dev.darkroom.image.RgbImage;
import dev.darkroom.task.TaskId;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/** Runs a tiny pipeline as its reference was run, all samplers in the same model calls, and measures how far it is off. */
final class FamilyComparison {
    private static final long SEED = 42;
    private static final int SIDE = 8;
    private static final String PROMPT = "a red cat on the house";
    private static final String NEGATIVE = "blurry";

    /**
     * How far a sampler's run is off.
     *
     * @param sampler Fooocus' name
     * @param first distance over length, of the latent after the first step
     * @param middle of the one after half of the steps
     * @param last of the finished one
     * @param image largest difference of a colour, in 255ths
     */
    record Run(String sampler, double first, double middle, double last, int image) {}

    /**
     * How far a pipeline is off.
     *
     * @param hidden largest difference of a hidden state or of a pooled text's number
     * @param texts how many were compared
     */
    record Figures(String name, double hidden, int texts, List<Run> runs) {}

    private final LoadedModel model;
    private final JsonNode expected;

    private FamilyComparison(LoadedModel model, JsonNode expected) {
        this.model = model;
        this.expected = expected;
    }

    static Figures compare(LoadedModel model, ModelFolder folder) throws Exception {
        JsonNode expected = new ObjectMapper()
                .readTree(folder.path().resolve("expected.json").toFile());
        return new FamilyComparison(model, expected).figures(folder.name());
    }

    private Figures figures(String name) throws ModelException {
        String scheduler = expected.path("scheduler").asText();
        List<Run> runs = new ArrayList<>(runs(expected.path("runs"), scheduler, ""));
        JsonNode masked = expected.path("masked");
        if (!masked.isMissingNode()) {
            runs.addAll(runs(masked.path("runs"), scheduler, " (half masked)"));
        }
        JsonNode own = expected.path("own");
        if (!own.isMissingNode()) {
            runs.addAll(runs(own.path("runs"), own.path("scheduler").asText(), ""));
        }
        return new Figures(name, hidden(), expected.path("texts").size(), runs);
    }

    private double hidden() throws ModelException {
        double worst = 0;
        for (JsonNode text : expected.path("texts")) {
            String prompt = text.path("text").asText();
            int clipSkip = text.path("clip_skip").asInt();
            Conditioning own = text.path("negative").asBoolean()
                    ? model.encodeNegative(prompt, clipSkip)
                    : model.encode(prompt, clipSkip);
            worst = Math.max(worst, difference(own.hiddenStates(), floats(text.path("states"))));
            if (text.has("pooled")) {
                worst = Math.max(worst, difference(own.added().pooled(), floats(text.path("pooled"))));
            }
        }
        return worst;
    }

    private List<Run> runs(JsonNode references, String scheduler, String remark) throws ModelException {
        List<Row> rows = new ArrayList<>();
        for (JsonNode reference : references) {
            rows.add(row(reference, scheduler, remark.isEmpty() ? null : floats(expected.at("/masked/channels"))));
        }
        List<float[][]> latents = new ArrayList<>();
        rows.forEach(row -> latents.add(new float[row.sampler().steps()][]));
        StepLoop loop = new StepLoop(model);
        while (!rows.get(0).sampler().done()) {
            loop.turn(rows);
            for (int i = 0; i < rows.size(); i++) {
                latents.get(i)[rows.get(i).sampler().step() - 1] =
                        rows.get(i).sampler().latent().clone();
            }
        }
        List<Run> runs = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            JsonNode reference = references.get(i);
            float[][] own = latents.get(i);
            runs.add(new Run(
                    reference.path("sampler").asText() + remark,
                    relative(own[0], floats(reference.path("first"))),
                    relative(own[own.length / 2 - 1], floats(reference.path("middle"))),
                    relative(own[own.length - 1], floats(reference.path("last"))),
                    colours(model.decode(own[own.length - 1], SIDE, SIDE), reference.path("image"))));
        }
        return runs;
    }

    private Row row(JsonNode reference, String scheduler, float[] channels) throws ModelException {
        ModelTraits traits = model.traits();
        double guidance = expected.path("guidance").asDouble();
        Double rescale = traits.defaults().guidanceRescale();
        int clipSkip = traits.defaults().clipSkip();
        Conditioning positive = model.encode(PROMPT, clipSkip).guided(guidance);
        Conditioning negative = model.encodeNegative(NEGATIVE, clipSkip);
        if (channels != null) {
            positive = positive.masked(channels);
            negative = negative.masked(channels);
        }
        SamplingPlan plan = new SamplingPlan(
                SIDE * traits.latentScale(),
                SIDE * traits.latentScale(),
                reference.path("sampler").asText(),
                scheduler,
                reference.path("steps").asInt(),
                guidance);
        return new Row(
                TaskId.random(),
                0,
                positive,
                negative,
                new Guidance(traits.embedsGuidance() ? 1 : guidance, rescale == null ? 0 : rescale),
                Samplers.create(plan, traits, SEED),
                SIDE,
                SIDE);
    }

    private static float[] floats(JsonNode array) {
        float[] floats = new float[array.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = array.get(i).floatValue();
        }
        return floats;
    }

    private static double difference(float[] own, float[] expected) {
        requireSameLength(own, expected);
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            worst = Math.max(worst, Math.abs((double) own[i] - expected[i]));
        }
        return worst;
    }

    private static double relative(float[] own, float[] expected) {
        requireSameLength(own, expected);
        double distance = 0;
        double length = 0;
        for (int i = 0; i < expected.length; i++) {
            distance += Math.pow((double) own[i] - expected[i], 2);
            length += Math.pow(expected[i], 2);
        }
        return Math.sqrt(distance / length);
    }

    private static void requireSameLength(float[] own, float[] expected) {
        if (own.length != expected.length) {
            throw new AssertionError("%d numbers in place of %d".formatted(own.length, expected.length));
        }
    }

    private static int colours(RgbImage own, JsonNode expected) {
        int[] reference = StreamSupport.stream(expected.spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
        if (own.rgb().length != reference.length) {
            throw new AssertionError("%d bytes in place of %d".formatted(own.rgb().length, reference.length));
        }
        int worst = 0;
        for (int i = 0; i < reference.length; i++) {
            worst = Math.max(worst, Math.abs((own.rgb()[i] & 0xFF) - reference[i]));
        }
        return worst;
    }
}
