package dev.darkroom.benchmark;

import dev.darkroom.diffusion.Guidance;
import dev.darkroom.diffusion.Row;
import dev.darkroom.diffusion.Samplers;
import dev.darkroom.diffusion.SamplingPlan;
import dev.darkroom.diffusion.StepLoop;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelException;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.task.TaskId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Makes pictures alone and in random mixes, whose members come and go at any turn, and counts those that differ. */
final class MixedCompany {

    private static final int MOST_STEPS = 6;
    private static final int MOST_TOGETHER = 8;

    /** A picture to make. */
    private record Wish(String prompt, String sampler, int steps, double guidance, long seed) {}

    private final LoadedModel model;
    private final Random random;
    private final List<Wish> wishes = new ArrayList<>();
    private final Map<Wish, byte[]> alone = new LinkedHashMap<>();

    /** @param wishes how many different pictures there are */
    MixedCompany(LoadedModel model, int wishes, Random random) throws ModelException {
        this.model = model;
        this.random = random;
        for (int i = 0; i < wishes; i++) {
            this.wishes.add(new Wish(
                    "a cat and " + i + " dogs",
                    Samplers.names().get(random.nextInt(Samplers.names().size())),
                    1 + random.nextInt(MOST_STEPS),
                    random.nextInt(3) == 0 ? 1 : 1 + random.nextInt(8),
                    random.nextInt(Integer.MAX_VALUE)));
        }
        StepLoop loop = new StepLoop(model);
        for (Wish wish : this.wishes) {
            Row row = row(wish);
            while (!row.sampler().done()) {
                loop.turn(List.of(row));
            }
            alone.put(wish, pixels(row));
        }
    }

    private Row row(Wish wish) throws ModelException {
        ModelTraits traits = model.traits();
        int side = traits.nativeSize();
        SamplingPlan plan = new SamplingPlan(side, side, wish.sampler(), "karras", wish.steps(), wish.guidance());
        return new Row(
                TaskId.random(),
                0,
                model.encode(wish.prompt(), 1).guided(wish.guidance()),
                model.encodeNegative("", 1),
                Guidance.of(wish.guidance()),
                Samplers.create(plan, traits, wish.seed()),
                side / traits.latentScale(),
                side / traits.latentScale());
    }

    private byte[] pixels(Row row) throws ModelException {
        return model.decode(row.sampler().latent(), row.latentHeight(), row.latentWidth())
                .rgb();
    }

    /** Makes some pictures together; returns the wishes whose pixels are not those that they have alone. */
    List<String> mix() throws ModelException {
        StepLoop loop = new StepLoop(model);
        List<Wish> coming = new ArrayList<>();
        for (int i = 2 + random.nextInt(MOST_TOGETHER - 1); i > 0; i--) {
            coming.add(wishes.get(random.nextInt(wishes.size())));
        }
        Map<Row, Wish> under = new LinkedHashMap<>();
        List<String> differing = new ArrayList<>();
        while (!coming.isEmpty() || !under.isEmpty()) {
            if (under.isEmpty() || !coming.isEmpty() && random.nextBoolean()) {
                Wish wish = coming.remove(0);
                under.put(row(wish), wish);
            }
            List<Row> together = new ArrayList<>();
            for (Row row : under.keySet()) {
                boolean fits = together.isEmpty() || together.get(0).batchKey().equals(row.batchKey());
                if (fits && (together.isEmpty() || random.nextInt(4) > 0)) {
                    together.add(row);
                }
            }
            int rows = together.stream().mapToInt(Row::modelRows).sum();
            loop.turn(together, random.nextInt(3) == 0 ? rows + random.nextInt(4) : 0);
            for (Row row : together) {
                if (row.sampler().done()) {
                    Wish wish = under.remove(row);
                    if (!Arrays.equals(pixels(row), alone.get(wish))) {
                        differing.add(wish.toString());
                    }
                }
            }
        }
        return differing;
    }
}
