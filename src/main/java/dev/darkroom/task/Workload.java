package dev.darkroom.task;

import java.util.Optional;

/**
 * What a task makes a device compute, which is what its duration depends on.
 *
 * @param pixels of one image
 * @param sampler Fooocus' name; samplers differ in the model calls that a step takes
 * @param guided each call computes the negative prompt too
 * @param steps of one image
 * @param images of the task
 */
public record Workload(int pixels, String sampler, boolean guided, int steps, int images) {

    private static final int FIELDS = 5;

    /** Returns the one word that the database keeps: {@code 65536:euler:1:16:1}. */
    public String text() {
        return pixels + ":" + sampler + ":" + (guided ? 1 : 0) + ":" + steps + ":" + images;
    }

    /** Reads {@link #text()}; anything else is nothing. */
    public static Optional<Workload> parse(String text) {
        String[] fields = text.split(":", -1);
        if (fields.length != FIELDS) {
            return Optional.empty();
        }
        try {
            return Optional.of(new Workload(
                    Integer.parseInt(fields[0]),
                    fields[1],
                    fields[2].equals("1"),
                    Integer.parseInt(fields[3]),
                    Integer.parseInt(fields[4])));
        } catch (NumberFormatException notOurs) {
            return Optional.empty();
        }
    }
}
