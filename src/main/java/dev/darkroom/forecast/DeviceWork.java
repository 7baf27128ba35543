package dev.darkroom.forecast;

import dev.darkroom.diffusion.LatencyCurve;
import dev.darkroom.task.TaskId;
import java.util.List;

/**
 * What a device has begun, and how fast it is.
 *
 * @param mostImages under way at once
 * @param imagesPerCall how many images like those of its last call one holds: for so many it looks out
 * @param hostMillis what passes beside each of the model's calls
 * @param jobs in the order in which they were claimed; those of unknown length are left out
 * @param speeds what it has measured
 */
public record DeviceWork(int mostImages, int imagesPerCall, double hostMillis, List<Job> jobs, List<Speed> speeds) {

    public DeviceWork {
        // a node of an earlier version says nothing of it
        imagesPerCall = Math.max(1, imagesPerCall);
        jobs = List.copyOf(jobs);
        speeds = List.copyOf(speeds);
    }

    /** Makes what a device says that has made no call. */
    public DeviceWork(int mostImages, double hostMillis, List<Job> jobs, List<Speed> speeds) {
        this(mostImages, 1, hostMillis, jobs, speeds);
    }

    /**
     * A task that it has begun.
     *
     * @param images how far those under way are
     * @param notBegun images that are still to begin
     * @param effort what each of these takes
     * @param alone nothing joins it
     */
    public record Job(TaskId taskId, int priority, Effort effort, List<Image> images, int notBegun, boolean alone) {
        public Job {
            images = List.copyOf(images);
        }

        /** Makes one that others may join. */
        public Job(TaskId taskId, int priority, Effort effort, List<Image> images, int notBegun) {
            this(taskId, priority, effort, images, notBegun, false);
        }
    }

    /**
     * An image under way.
     *
     * @param callsLeft model calls that it still takes
     * @param waitedMillis how long calls took that others had without it
     */
    public record Image(double callsLeft, double waitedMillis) {}

    /**
     * What an image takes.
     *
     * @param pixels of it
     * @param modelRows of each call: 2 with a negative prompt
     * @param calls of the model
     * @param otherMillis of the device beside these: for texts and for decoding
     */
    public record Effort(String model, int pixels, int modelRows, double calls, double otherMillis) {}

    /**
     * How long calls for images of one size take.
     *
     * @param points by rows; at least one
     */
    public record Speed(String model, int pixels, List<LatencyCurve.Point> points) {
        public Speed {
            points = List.copyOf(points);
        }
    }
}
