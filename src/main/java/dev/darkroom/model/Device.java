package dev.darkroom.model;

/**
 * What runs the models.
 *
 * @param name such as "CPU, 2 threads" or "CUDA device 0"
 * @param reason why this one, in one sentence, such as "no NVIDIA driver was found"
 */
public record Device(String name, String reason) {}
