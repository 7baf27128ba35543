package dev.darkroom.http.webhook;

import dev.darkroom.bus.TaskRow;

/** Writes what a receiver is told. Safe from any thread. */
public interface WebhookBody {

    /**
     * Returns an ended task's record as JSON.
     *
     * @param baseUrl what stands before {@code /outputs/}
     */
    String of(TaskRow row, String baseUrl);
}
