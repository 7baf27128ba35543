package dev.darkroom.worker;

/**
 * Where a task stands in per cent, on the scale that Fooocus' clients know: a few points for what comes before sampling,
 * and the rest shared out evenly among all steps of all images.
 *
 * @param preparation per cent when sampling begins
 * @param steps of one image
 * @param images of the task
 */
record ProgressScale(int preparation, int steps, int images) {

    static final int INITIALIZING = 1;
    static final int LOADING_MODELS = 2;
    static final int PROCESSING_PROMPTS = 3;
    static final int EXPANDING = 4;

    /** @param expanded the prompt is expanded, which takes a point of its own */
    static ProgressScale of(boolean expanded, int steps, int images) {
        return new ProgressScale(expanded ? 6 : 5, steps, images);
    }

    int encodingPositive() {
        return preparation - 1;
    }

    /** When image {@code image}, from 0, begins. */
    int imageStart(int image) {
        return preparation + (100 - preparation) * image / images;
    }

    /** After {@code step} steps, from 1, of image {@code image}. */
    int step(int image, int step) {
        return imageStart(image) + (int) ((100L - preparation) * step / ((long) steps * images));
    }

    /** While image {@code image} is saved. */
    int saving(int image) {
        return step(image, steps);
    }
}
