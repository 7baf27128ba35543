package dev.darkroom.worker;

import dev.darkroom.bus.EventHub;
import dev.darkroom.diffusion.CurveProbe;
import dev.darkroom.diffusion.Row;
import dev.darkroom.image.RgbImage;
import dev.darkroom.model.Conditioning;
import dev.darkroom.model.DeviceMemoryException;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelException;
import dev.darkroom.prompt.LoraCatalogue;
import dev.darkroom.prompt.PromptLibrary;
import dev.darkroom.prompt.PromptPipeline;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskState;
import dev.darkroom.worker.LaneRows.Place;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a device computes, one model call after another. Belongs to the sampler verticle's thread. */
final class Lane {

    private static final Logger LOG = LoggerFactory.getLogger(Lane.class);

    /** Of a call, for an image with its negative prompt. */
    static final int MODEL_ROWS = 2;

    private static final int DECODING_ATTEMPTS = 3;

    private interface Work {
        void run() throws ModelException;
    }

    private final int maxRows;
    private final LaneRows rows;
    private final LaneAdmission admission;
    private final TaskEnding ending;
    private final Consumer<RunningTask> loader;
    private final EventTeller teller;
    private final LaneSteps steps;
    private final SamplerMetrics meters;
    private final CallPause pause;
    private final LaneLoad load;
    private final PromptLibrary library;
    private final PromptPipeline pipeline;
    private final CancellableCall cancellable = new CancellableCall();
    private final StepLoops loops = new StepLoops();

    /** What encodings and decodings took since the last step. */
    private long otherNanos;

    /**
     * @param maxRows images under way at once
     * @param loader brings a task's model, which {@link #modelArrived} then takes
     * @param library what prompts mean
     */
    Lane(
            int maxRows,
            LaneRows rows,
            LaneForecast forecast,
            DeviceCurves curves,
            CallPause pause,
            TaskEnding ending,
            Consumer<RunningTask> loader,
            PromptLibrary library,
            EventHub hub,
            EventTeller teller,
            SamplerMetrics meters,
            LaneLoad load) {
        this.maxRows = maxRows;
        this.rows = rows;
        this.admission = new LaneAdmission(rows, forecast, maxRows, maxRows * MODEL_ROWS);
        this.ending = ending;
        this.loader = loader;
        this.teller = teller;
        this.meters = meters;
        this.steps = new LaneSteps(
                rows,
                forecast,
                curves,
                pause,
                maxRows * MODEL_ROWS,
                cancellable,
                new StepTeller(hub, teller),
                meters,
                this::fail);
        this.pause = pause;
        this.load = load;
        this.library = library;
        this.pipeline = library.pipeline(LoraCatalogue.NONE);
    }

    /**
     * Makes one model call at most.
     *
     * @param tasks in the order in which they should run
     * @return whether there was something to do
     */
    boolean turn(Collection<RunningTask> tasks) {
        if (cancellable.isClosed()) {
            return false;
        }
        List<Place> contenders = rows.contenders();
        if (!contenders.isEmpty() && otherNanos > steps.lastNanos()) {
            // whoever is under way goes on between the others' texts and pictures
            step(contenders);
            return true;
        }
        Place sampled = rows.sampled();
        RunningTask next = sampled == null ? admission.next(tasks) : null;
        if (sampled != null || next != null || contenders.isEmpty()) {
            pause.interrupted();
        }
        if (sampled != null) {
            decode(sampled);
            return true;
        }
        if (next != null) {
            attempt(next, () -> advance(next));
            return true;
        }
        if (contenders.isEmpty()) {
            return false;
        }
        step(contenders);
        return true;
    }

    private void step(List<Place> contenders) {
        otherNanos = 0;
        steps.step(contenders);
    }

    /** Returns how many images a call holds at most, as far as the last one told. */
    int imagesPerCall() {
        return Math.min(maxRows, steps.imagesPerCall());
    }

    private void advance(RunningTask task) throws ModelException {
        switch (task.stage) {
            case CLAIMED -> {
                teller.tell(task.progressed(ProgressScale.INITIALIZING, "Loading control models ...", 0));
                teller.tell(task.progressed(ProgressScale.INITIALIZING, "Initializing ...", 0));
                teller.tell(task.progressed(ProgressScale.LOADING_MODELS, "Loading models ...", 0));
                task.stage = RunningTask.Stage.WAITING_FOR_MODEL;
                loader.accept(task);
            }
            case PROMPTS -> tellPrompts(task);
            case POSITIVE_PROMPT -> encodePositive(task);
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
            ResolvedRequest resolved = RequestResolver.resolve(task.request, model.traits(), LoraCatalogue.NONE);
            task.setup = new RunningTask.Setup(
                    model,
                    loops.of(model),
                    resolved,
                    TaskPrompts.expand(
                            library,
                            pipeline,
                            task.request,
                            resolved,
                            task.claim.model(),
                            resolved.guidance().needsNegative(),
                            model.textTokens()),
                    ProgressScale.of(task.expands(resolved), resolved.plan().steps(), task.images()));
            task.earlier.keepThoseOf(model.traits());
            for (int image = 0; image < task.images(); image++) {
                JoinedTexts encoded = task.earlier.texts(image);
                if (encoded != null) {
                    task.ready().prompts().given(image, encoded);
                }
            }
            task.stage = RunningTask.Stage.PROMPTS;
        });
    }

    private void tellPrompts(RunningTask task) {
        teller.tell(task.progressed(ProgressScale.PROCESSING_PROMPTS, "Processing prompts ...", 0));
        if (task.expands(task.ready().resolved())) {
            tellEach(task, ProgressScale.EXPANDING, "Preparing Fooocus text #%d ...");
        }
        tellEach(task, task.ready().scale().encodingPositive(), "Encoding positive #%d ...");
        task.stage = RunningTask.Stage.POSITIVE_PROMPT;
    }

    /** Encodes what the first image needs; the others' texts follow when their turn comes. */
    private void encodePositive(RunningTask task) throws ModelException {
        TaskPrompts texts = task.ready().prompts();
        TaskPrompts.Text text = texts.nextPositive(task.next);
        if (text != null) {
            encode(task, text);
            return;
        }
        if (texts.guided()) {
            tellEach(task, task.ready().scale().preparation(), "Encoding negative #%d ...");
        }
        task.stage = RunningTask.Stage.NEGATIVE_PROMPT;
    }

    private void encodeNegative(RunningTask task) throws ModelException {
        TaskPrompts.Text text = task.ready().prompts().nextNegative(task.next);
        if (text != null) {
            encode(task, text);
            return;
        }
        teller.tell(task.progressed(task.ready().scale().preparation(), "Moving model to GPU ...", 0));
        task.stage = RunningTask.Stage.SAMPLING;
        // all images may have been skipped by now
        ending.endIfDone(task);
    }

    /** Makes a call that is no step. */
    private <T> T timed(RunningTask task, TaskTrace.Part part, int image, CancellableCall.Call<T> call)
            throws ModelException {
        long begun = System.nanoTime();
        Throwable failure = null;
        try {
            return cancellable.run(task.id(), task.ready().model(), call);
        } catch (ModelException | RuntimeException | Error thrown) {
            failure = thrown;
            throw thrown;
        } finally {
            long took = System.nanoTime() - begun;
            otherNanos += took;
            task.pace.other(took);
            task.trace.did(part, image, begun, failure);
        }
    }

    private void encode(RunningTask task, TaskPrompts.Text text) throws ModelException {
        RunningTask.Setup setup = task.ready();
        int clipSkip = setup.resolved().clipSkip();
        Conditioning encoded = timed(
                task,
                TaskTrace.Part.ENCODE,
                task.next,
                model -> text.negative()
                        ? model.encodeNegative(text.text(), clipSkip)
                        : model.encode(text.text(), clipSkip));
        if (encoded.cut() != null) {
            task.note("The %s is longer than what the model reads; from \"%s\" on it was left out."
                    .formatted(text.negative() ? "negative prompt" : "prompt", encoded.cut()));
        }
        setup.prompts().encoded(text, encoded);
    }

    private void tellEach(RunningTask task, int progress, String message) {
        for (int image = 0; image < task.images(); image++) {
            teller.tell(task.progressed(progress, message.formatted(image + 1), image));
        }
    }

    /** Begins the next image, or encodes one of the texts that it still needs. */
    private void begin(RunningTask task) throws ModelException {
        RunningTask.Setup setup = task.ready();
        TaskPrompts prompts = setup.prompts();
        int image = task.next;
        TaskPrompts.Text missing = prompts.nextPositive(image);
        if (missing == null) {
            missing = prompts.nextNegative(image);
        }
        if (missing != null) {
            encode(task, missing);
            return;
        }
        task.next++;
        teller.tell(task.progressed(
                setup.scale().imageStart(image),
                "Preparing task %d/%d ...".formatted(image + 1, task.images()),
                image));
        JoinedTexts texts = prompts.joined(image);
        prompts.begun(image);
        task.texts.put(image, texts);
        rows.add(task, ImageStart.row(task, image, texts));
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
        attempt(task, () -> {
            RgbImage picture;
            try {
                picture = timed(
                        task,
                        TaskTrace.Part.DECODE,
                        image,
                        model -> model.decode(row.sampler().latent(), row.latentHeight(), row.latentWidth()));
            } catch (DeviceMemoryException full) {
                if (++place.memoryFailures >= DECODING_ATTEMPTS) {
                    throw full;
                }
                LOG.warn("A picture of task {} is decoded later: {}", task.id(), full.getMessage());
                return;
            }
            load.learn(task);
            ending.save(task, image, picture);
            rows.remove(place);
            if (task.images() > 1) {
                task.sampled.add(place);
            }
        });
    }

    /** Measures a model while nothing else is to be done. */
    void measure(LoadedModel model, CurveProbe probe) throws ModelException {
        cancellable.runShared(model, ignored -> {
            probe.turn();
            return null;
        });
    }

    /** Leaves out the lowest image that is not finished; tells whether there was one. */
    boolean skip(RunningTask task) {
        if (rows.skip(task)) {
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

    /** Ends the call in flight, if any, and makes none any more: the tasks are to be handed back. From any thread. */
    void interrupt() {
        cancellable.close();
    }

    /** Whatever goes wrong fails this task and no other: an error that got past here would leave the lane standing still. */
    private void attempt(RunningTask task, Work work) {
        try {
            work.run();
        } catch (CancellationException stopped) {
            if (!cancellable.isClosed()) {
                ending.end(task, TaskState.STOPPED, null);
            }
        } catch (ModelException | RuntimeException | Error failure) {
            fail(task, failure);
        }
    }

    private void fail(RunningTask task, Throwable failure) {
        LOG.error("Task {} failed", task.id(), failure);
        meters.image("failed");
        ending.end(task, TaskState.FAILED, LaneFailure.sentence(failure));
    }
}
