package dev.darkroom.http.fooocus;

import dev.darkroom.image.ImageFormat;
import org.jspecify.annotations.Nullable;

/**
 * A request for images that keeps the contract.
 *
 * @param kind of the task, such as {@code text-to-image}
 * @param answer how the client wants to hear of it
 * @param format of the image that {@link Answer#IMAGE} sends, else null
 * @param prompt what to paint
 * @param model as the client named it
 * @param images how many
 * @param json the whole request as its record shows it
 */
public record GenerateRequest(
        String kind,
        Answer answer,
        @Nullable ImageFormat format,
        String prompt,
        String model,
        int images,
        String json) {

    /** The ways to answer, the first that is asked for wins. */
    public enum Answer {
        /** The bytes of one image. */
        IMAGE,
        /** Server-sent events. */
        STREAM,
        /** A placeholder at once. */
        PLACEHOLDER,
        /** The record, at the end. */
        RECORD
    }
}
