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
 * @param presetModel as its preset names it, or null
 * @param images how many
 * @param json the whole request as its record shows it
 * @param digest {@link RequestDigest} of what was sent, or null if nobody will compare it
 */
public record GenerateRequest(
        String kind,
        Answer answer,
        @Nullable ImageFormat format,
        String prompt,
        String model,
        @Nullable String presetModel,
        int images,
        String json,
        @Nullable String digest) {

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

    /** Returns the same, recognised by {@code what} when it comes again. */
    public GenerateRequest withDigest(@Nullable String what) {
        return new GenerateRequest(kind, answer, format, prompt, model, presetModel, images, json, what);
    }
}
