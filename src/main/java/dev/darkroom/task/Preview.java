package dev.darkroom.task;

/**
 * A small picture of what the model believes the finished image to be.
 *
 * @param png the picture's file; treated as immutable
 * @param width pixels
 * @param height pixels
 */
@SuppressWarnings("ArrayRecordComponent")
public record Preview(byte[] png, int width, int height) {}
