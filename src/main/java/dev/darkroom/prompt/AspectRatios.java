package dev.darkroom.prompt;

import java.util.List;

/**
 * The sizes that Fooocus offers, all of about one megapixel, which suits SDXL. For a smaller model each stands for its
 * ratio alone.
 */
public final class AspectRatios {

    private static final List<String> SIZES = List.of(
            "704*1408",
            "704*1344",
            "768*1344",
            "768*1280",
            "832*1216",
            "832*1152",
            "896*1152",
            "896*1088",
            "960*1088",
            "960*1024",
            "1024*1024",
            "1024*960",
            "1088*960",
            "1088*896",
            "1152*896",
            "1152*832",
            "1216*832",
            "1280*768",
            "1344*768",
            "1344*704",
            "1408*704",
            "1472*704",
            "1536*640",
            "1600*640",
            "1664*576",
            "1728*576");

    private AspectRatios() {}

    /** Returns them as {@code width*height}, tall ones first. */
    public static List<String> sizes() {
        return SIZES;
    }

    /** Tells whether it is one of them. */
    public static boolean contains(int width, int height) {
        return SIZES.contains(width + "*" + height);
    }
}
