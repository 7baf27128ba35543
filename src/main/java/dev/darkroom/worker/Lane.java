package dev.darkroom.worker;

import dev.darkroom.bus.EventHub;
import dev.darkroom.diffusion.Row;
import dev.darkroom.diffusion.Samplers;
import dev.darkroom.diffusion.SamplingPlan;
import dev.darkroom.diffusion.StepLoop;
import dev.darkroom.model.Conditioning;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelException;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a device computes, one model call after another. Belongs to the sampler verticle's thread. */
final class Lane {

    private static final Logger LOG = LoggerFactory.getLogger(Lane.class);

    private record Place(RunningTask task, Row row) {}

    private interface Work {
        void run() throws ModelException;
    }

    private final SamplerVerticle owner;
    private final int maxRows;
    private final EventTeller teller;
    private final StepTeller steps;
    private final SamplerMetrics meters;
    private final CancellableCall cancellable = new CancellableCall();
    private final List<Place> places = new ArrayList<>();
    private final Map<LoadedModel, StepLoop> loops = new IdentityHashMap<>();

    Lane(SamplerVerticle owner, int maxRows, EventHub hub, EventTeller teller, SamplerMetrics meters) {
        this.owner = owner;
        this.maxRows = maxRows;
        this.teller = teller;
        this.steps = new StepTeller(hub, teller);
        this.meters = meters;
    }

    /**
     * Makes one model call at most.
     *
     * @param tasks in the order in which they should run
     * @return whether there was something to do
     */
    boolean turn(Collection<RunningTask> tasks) {
        for (Place place : places) {
            if (place.row().sampler().done()) {
                decode(place);
                return true;
            }
        }
        if (places.size() < maxRows && admit(tasks)) {
            return true;
        }
        if (places.isEmpty()) {
            return false;
        }
        step();
        return true;
    }

    /** Brings the first task that can use a free row nearer to sampling. */
    private boolean admit(Collection<RunningTask> tasks) {
        for (RunningTask task : List.copyOf(tasks)) {
            if (task.ending != null || task.stage == RunningTask.Stage.WAITING_FOR_MODEL) {
                continue;
            }
            if (task.stage != RunningTask.Stage.SAMPLING || task.hasNext()) {
                attempt(task, () -> advance(task));
                return true;
            }
        }
        return false;
    }

    private void advance(RunningTask task) throws ModelException {
        switch (task.stage) {
            case CLAIMED -> {
                teller.tell(task.progressed(ProgressScale.INITIALIZING, "Loading control models ...", 0));
                teller.tell(task.progressed(ProgressScale.INITIALIZING, "Initializing ...", 0));
                teller.tell(task.progressed(ProgressScale.LOADING_MODELS, "Loading models ...", 0));
                task.stage = RunningTask.Stage.WAITING_FOR_MODEL;
                owner.load(task);
            }
            case PROMPTS -> encodePositive(task);
            case NEGATIVE_PROMPT -> encodeNegative(task);
            default -> begin(task);
        }
    }

    /** The model that a task waited for is in memory. */
    void modelArrived(RunningTask task, LoadedModel model) {
        if (task.ending != null || task.lost) {
            return;
        }
        attempt(task, () -> {
            ResolvedRequest resolved = RequestResolver.resolve(task.request, model.traits());
            task.setup = new RunningTask.Setup(
                    model,
                    loops.computeIfAbsent(model, StepLoop::new),
                    resolved,
                    ProgressScale.of(task.expands(), resolved.plan().steps(), task.images()));
            task.stage = RunningTask.Stage.PROMPTS;
        });
    }

    private void encodePositive(RunningTask task) throws ModelException {
        RunningTask.Setup setup = task.ready();
        teller.tell(task.progressed(ProgressScale.PROCESSING_PROMPTS, "Processing prompts ...", 0));
        if (task.expands()) {
            tellEach(task, ProgressScale.EXPANDING, "Preparing Fooocus text #%d ...");
        }
        tellEach(task, setup.scale().encodingPositive(), "Encoding positive #%d ...");
        task.positive = encode(task, task.request.prompt());
        task.stage = RunningTask.Stage.NEGATIVE_PROMPT;
    }

    private void encodeNegative(RunningTask task) throws ModelException {
        RunningTask.Setup setup = task.ready();
        int preparation = setup.scale().preparation();
        if (setup.resolved().guidance().needsNegative()) {
            tellEach(task, preparation, "Encoding negative #%d ...");
            task.negative = encode(task, setup.resolved().negativePrompt());
        }
        teller.tell(task.progressed(preparation, "Moving model to GPU ...", 0));
        task.stage = RunningTask.Stage.SAMPLING;
        // all images may have been skipped by now
        owner.endIfDone(task);
    }

    private Conditioning encode(RunningTask task, String text) throws ModelException {
        RunningTask.Setup setup = task.ready();
        int clipSkip = setup.resolved().clipSkip();
        return cancellable.run(task.id(), setup.model(), model -> model.encode(text, clipSkip));
    }

    private void tellEach(RunningTask task, int progress, String message) {
        for (int image = 0; image < task.images(); image++) {
            teller.tell(task.progressed(progress, message.formatted(image + 1), image));
        }
    }

    private void begin(RunningTask task) {
        RunningTask.Setup setup = task.ready();
        SamplingPlan plan = setup.resolved().plan();
        int image = task.next++;
        teller.tell(task.progressed(
                setup.scale().imageStart(image),
                "Preparing task %d/%d ...".formatted(image + 1, task.images()),
                image));
        int latentScale = setup.model().traits().latentScale();
        Conditioning positive = task.positive;
        if (positive == null) {
            throw new IllegalStateException("the prompt of task " + task.id() + " is not encoded");
        }
        Row row = new Row(
                task.id(),
                image,
                positive,
                task.negative,
                setup.resolved().guidance(),
                Samplers.create(plan, setup.model().traits(), task.request.seedOf(image)),
                plan.height() / latentScale,
                plan.width() / latentScale);
        places.add(new Place(task, row));
    }

    private void step() {
        Place first = places.get(0);
        RunningTask.Setup setup = first.task().ready();
        List<Place> together = places.stream()
                .filter(place -> place.task().ready().loop() == setup.loop()
                        && place.row().batchKey().equals(first.row().batchKey()))
                .toList();
        try {
            call(setup, together);
        } catch (ModelException | RuntimeException | Error failure) {
            if (together.size() == 1) {
                fail(first.task(), failure);
                return;
            }
            // no row has moved; only the one that breaks the call is to suffer
            for (Place alone : together) {
                if (alone.task().ending == null) {
                    attempt(alone.task(), () -> call(setup, List.of(alone)));
                }
            }
        }
    }

    private void call(RunningTask.Setup setup, List<Place> together) throws ModelException {
        int[] before = together.stream()
                .mapToInt(place -> place.row().sampler().step())
                .toArray();
        long begun = System.nanoTime();
        setup.loop().turn(together.stream().map(Place::row).toList());
        meters.stepped(setup.model().traits().name(), together.size(), System.nanoTime() - begun);
        for (int index = 0; index < before.length; index++) {
            Place place = together.get(index);
            if (place.row().sampler().step() > before[index]) {
                steps.tell(place.task(), place.row());
            }
        }
    }

    private void decode(Place place) {
        RunningTask task = place.task();
        Row row = place.row();
        int image = row.imageIndex();
        RunningTask.Setup setup = task.ready();
        teller.tell(task.progressed(
                setup.scale().saving(image),
                "Saving image %d/%d to system ...".formatted(image + 1, task.images()),
                image));
        attempt(
                task,
                () -> owner.save(
                        task,
                        image,
                        cancellable.run(
                                task.id(),
                                setup.model(),
                                model -> model.decode(row.sampler().latent(), row.latentHeight(), row.latentWidth()))));
        places.remove(place);
    }

    /** Leaves out the lowest image that is not finished; tells whether there was one. */
    boolean skip(RunningTask task) {
        Place lowest = null;
        for (Place place : places) {
            if (place.task() == task
                    && (lowest == null
                            || place.row().imageIndex() < lowest.row().imageIndex())) {
                lowest = place;
            }
        }
        if (lowest != null) {
            task.skipped.set(lowest.row().imageIndex());
            places.remove(lowest);
            return true;
        }
        if (task.hasNext()) {
            task.skipped.set(task.next);
            return true;
        }
        return false;
    }

    /** Ends the encoding or decoding that the task has in flight, if any; it then ends as stopped. From any thread. */
    void cancel(TaskId task) {
        cancellable.cancel(task);
    }

    /** Drops the task's rows. */
    void leave(RunningTask task) {
        places.removeIf(place -> place.task() == task);
    }

    /** Tells whether an image of the task is being sampled. */
    boolean holds(RunningTask task) {
        return places.stream().anyMatch(place -> place.task() == task);
    }

    /** Whatever goes wrong fails this task and no other: an error that got past here would leave the lane standing still. */
    private void attempt(RunningTask task, Work work) {
        try {
            work.run();
        } catch (CancellationException stopped) {
            owner.end(task, TaskState.STOPPED, null);
        } catch (ModelException | RuntimeException | Error failure) {
            fail(task, failure);
        }
    }

    private void fail(RunningTask task, Throwable failure) {
        LOG.error("Task {} failed", task.id(), failure);
        meters.image("failed");
        owner.end(task, TaskState.FAILED, LaneFailure.sentence(failure));
    }
}
