package dev.darkroom.worker;

import dev.darkroom.bus.StoreMessage.ClaimedTask;
import dev.darkroom.bus.StoreMessage.Lease;
import dev.darkroom.diffusion.StepLoop;
import dev.darkroom.image.ImageFormat;
import dev.darkroom.image.RgbImage;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.prompt.Styles;
import dev.darkroom.task.Attempt;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskRequest;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import dev.darkroom.task.Workload;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A claimed task, as far as its lane has brought it. Belongs to the lane. */
final class RunningTask {

    /** What is to be done next, before images can be sampled. */
    enum Stage {
        CLAIMED,
        WAITING_FOR_MODEL,
        PROMPTS,
        POSITIVE_PROMPT,
        NEGATIVE_PROMPT,
        SAMPLING
    }

    /** What the model's arrival made known. */
    record Setup(
            LoadedModel model, StepLoop loop, ResolvedRequest resolved, TaskPrompts prompts, ProgressScale scale) {}

    final ClaimedTask claim;
    final TaskRequest request;
    Stage stage = Stage.CLAIMED;

    /** What earlier attempts left is gone, or can't be removed. */
    Future<Void> cleared = Future.succeededFuture();

    /** Its model, which is given back with {@link #leaveModel()}. */
    @Nullable
    ModelLoan loan;

    @Nullable
    Setup setup;

    final BitSet skipped = new BitSet();

    /** The next image to begin. */
    int next;

    /** How far earlier attempts have come. */
    final EarlierImages earlier;

    /** What came of asking for that. */
    Future<Void> recalled = Future.succeededFuture();

    /** By image, what its prompts were encoded to. */
    final Map<Integer, JoinedTexts> texts = new HashMap<>();

    /** Images that have all their steps, of a task that has more. */
    final List<LaneRows.Place> sampled = new ArrayList<>();

    /** By image, the step at which this attempt kept it last. */
    final Map<Integer, Integer> keptSteps = new HashMap<>();

    /** Something is being kept. */
    boolean keeping;

    /** When something was kept last. */
    long keptAt = System.nanoTime();

    /** Images that are encoded and written now. */
    int saving;

    /** Its lease is lost: nobody may hear of it any more. */
    boolean lost;

    boolean completing;

    /** It has run as long as it may; set on an event loop. */
    volatile boolean late;

    /** Ends the watch over its time. */
    Runnable endWatch = () -> {};

    final TaskPace pace = new TaskPace();

    final TaskRecording recording = new TaskRecording();

    final TaskTrace trace;

    @Nullable
    TaskState ending;

    @Nullable
    String error;

    /** By index, the pictures that are still to be laid side by side; none unless the request wants that. */
    private final Map<Integer, RgbImage> forGrid = new TreeMap<>();

    private final List<SavedImage> saved = new ArrayList<>();
    private final Set<String> notes = new LinkedHashSet<>();
    private int furthest;
    private long sequence;

    RunningTask(ClaimedTask claim, TaskRequest request, TaskTracing tracing) {
        this.claim = claim;
        this.earlier = new EarlierImages(claim.taskId());
        this.request = request;
        this.trace = tracing.claimed(claim, request);
        recording.begin();
    }

    TaskId id() {
        return claim.taskId();
    }

    Attempt attempt() {
        return new Attempt(claim.taskId(), claim.attempt());
    }

    Lease lease() {
        return new Lease(claim.taskId(), claim.attempt());
    }

    Setup ready() {
        if (setup == null) {
            throw new IllegalStateException("the model of task " + id() + " is not there yet");
        }
        return setup;
    }

    /** Returns what it makes the device compute, or null if that is not known yet. */
    @Nullable
    Workload work() {
        return setup == null
                ? claim.work()
                : RequestAssessment.workload(
                        request, setup.resolved().plan(), setup.prompts().guided());
    }

    int images() {
        return Math.max(1, request.imageNumber());
    }

    /** Tells whether the prompt is expanded on Fooocus' scale of progress. */
    boolean expands(ResolvedRequest resolved) {
        return resolved.styles().contains(Styles.EXPANSION) && !request.prompt().isBlank();
    }

    /** Passes over skipped images, and tells whether one is left to begin. */
    boolean hasNext() {
        next = skipped.nextClearBit(next);
        return ending == null && next < images();
    }

    /** Returns how many images are left to begin. */
    int imagesToBegin() {
        int left = 0;
        for (int image = next; image < images(); image++) {
            left += skipped.get(image) ? 0 : 1;
        }
        return left;
    }

    /** No call is made for it any more, so that its model may go. */
    void leaveModel() {
        if (loan != null) {
            loan.giveBack();
        }
    }

    ImageFormat format() {
        return ImageFormat.named(request.outputFormat()).orElse(ImageFormat.PNG);
    }

    /** Keeps a finished picture if it is wanted in a grid. */
    void keepForGrid(int index, RgbImage picture) {
        if (request.generateImageGrid()) {
            forGrid.put(index, picture);
        }
    }

    /** Returns the pictures that make a grid, in order, once; none if there are fewer than two. */
    List<RgbImage> takeForGrid() {
        List<RgbImage> pictures = forGrid.size() < 2 ? List.of() : List.copyOf(forGrid.values());
        forGrid.clear();
        return pictures;
    }

    void add(SavedImage image) {
        saved.add(image);
    }

    /** Returns what is saved so far, in the order in which it was. */
    List<SavedImage> saved() {
        return List.copyOf(saved);
    }

    /** Its row takes no other end than a failure without pictures. */
    void refused(String reason) {
        ending = TaskState.FAILED;
        error = reason;
        saved.clear();
    }

    /** Adds what the owner should know, one sentence. */
    void note(String sentence) {
        notes.add(sentence);
    }

    TaskResult result() {
        List<SavedImage> ordered = new ArrayList<>(saved);
        ordered.sort(Comparator.comparingInt(SavedImage::index));
        return new TaskResult(ordered, allNotes());
    }

    private List<String> allNotes() {
        List<String> all = new ArrayList<>();
        if (setup != null) {
            all.addAll(setup.resolved().notes());
            all.addAll(setup.prompts().notes());
        }
        all.addAll(notes);
        return all;
    }

    /**
     * Returns {@code progress}, or what was told before if that was more: images of a task that share model calls are at
     * different steps, and a client's bar must not go back.
     */
    int onward(int progress) {
        furthest = Math.max(furthest, progress);
        return furthest;
    }

    long nextSequence() {
        return sequence++;
    }

    TaskEvent started() {
        return new TaskEvent.Started(id(), claim.attempt(), nextSequence());
    }

    TaskEvent saved(SavedImage image) {
        return new TaskEvent.ImageSaved(id(), claim.attempt(), nextSequence(), image);
    }

    TaskEvent ended(TaskState state) {
        return new TaskEvent.Ended(id(), claim.attempt(), nextSequence(), state, result(), error);
    }

    /** Returns progress outside of sampling. */
    TaskEvent.Progressed progressed(int progress, String message, int image) {
        return new TaskEvent.Progressed(
                id(), claim.attempt(), nextSequence(), onward(progress), message, 0, 0, image, images(), null);
    }
}
