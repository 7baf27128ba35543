package dev.darkroom.worker;

import dev.darkroom.bus.EventHub;
import dev.darkroom.diffusion.Row;
import dev.darkroom.task.Preview;
import dev.darkroom.task.TaskEvent;
import org.jspecify.annotations.Nullable;

/** Tells each sampling step, with a preview while somebody watches and the teller keeps up. */
final class StepTeller {

    private final EventHub hub;
    private final EventTeller teller;

    StepTeller(EventHub hub, EventTeller teller) {
        this.hub = hub;
        this.teller = teller;
    }

    /** Tells that {@code row} of {@code task} has made a step. On the lane; the preview's latent is copied. */
    void tell(RunningTask task, Row row) {
        RunningTask.Setup setup = task.ready();
        int step = row.sampler().step();
        int steps = row.sampler().steps();
        int image = row.imageIndex();
        long sequence = task.nextSequence();
        String message = "Sampling step %d/%d, image %d/%d ...".formatted(step, steps, image + 1, task.images());
        int progress = task.onward(setup.scale().step(image, step));
        float[] denoised = row.denoised();
        if (denoised == null || task.request.disablePreview() || !teller.keepsUp() || !hub.isWatched(task.id())) {
            teller.tell(progressed(task, sequence, progress, message, step, steps, image, null));
            return;
        }
        float[] estimate = denoised.clone();
        teller.tell(
                () -> setup.model().preview(estimate, row.latentHeight(), row.latentWidth()),
                preview -> progressed(task, sequence, progress, message, step, steps, image, preview));
    }

    private static TaskEvent progressed(
            RunningTask task,
            long sequence,
            int progress,
            String message,
            int step,
            int steps,
            int image,
            @Nullable Preview preview) {
        return new TaskEvent.Progressed(
                task.id(),
                task.claim.attempt(),
                sequence,
                progress,
                message,
                step,
                steps,
                image,
                task.images(),
                preview);
    }
}
