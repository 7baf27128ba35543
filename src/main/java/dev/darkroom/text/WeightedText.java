package dev.darkroom.text;

/**
 * A part of a prompt and how strongly it counts.
 *
 * @param text without the brackets that gave it its weight
 * @param weight 1 is the usual one
 */
public record WeightedText(String text, double weight) {}
