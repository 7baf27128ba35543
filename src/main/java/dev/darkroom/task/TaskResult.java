package dev.darkroom.task;

import java.util.List;

/**
 * What a task left.
 *
 * @param images what was saved, by index; skipped images are absent
 * @param notes what its owner should know, such as "LoRA x was not found": one sentence each
 */
public record TaskResult(List<SavedImage> images, List<String> notes) {

    /** Nothing saved, nothing to say. */
    public static final TaskResult EMPTY = new TaskResult(List.of(), List.of());

    public TaskResult {
        images = List.copyOf(images);
        notes = List.copyOf(notes);
    }
}
