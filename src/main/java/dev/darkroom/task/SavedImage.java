package dev.darkroom.task;

/**
 * An image that stands in the output folder under its final name.
 *
 * @param index the image's number within its task, from 0
 * @param path relative to the output folder, with forward slashes: {@code 2026-11-21/2026-11-21_10-15-30_1234.png}
 * @param seed what its noise was drawn from
 * @param width pixels
 * @param height pixels
 */
public record SavedImage(int index, String path, long seed, int width, int height) {}
