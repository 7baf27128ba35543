package dev.darkroom.forecast;

/** When a device claims tasks that wait: lanes go by it, and so does who foresees what they will do. */
public final class ClaimTimes {

    /**
     * The place of an image that ends within so many milliseconds goes to a task that waits: long enough for a claim and
     * for encoding a prompt.
     */
    public static final double SOON_MILLIS = 300;

    /**
     * What fills a device's next two calls it claims at once, and what is beyond these so many milliseconds later, when
     * an idle device would have claimed it.
     */
    public static final long LATER_MILLIS = 100;

    private ClaimTimes() {}
}
