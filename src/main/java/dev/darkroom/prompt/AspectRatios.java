package dev.darkroom.prompt;

import dev.darkroom.image.ImageSize;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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

    private static final Pattern SIZE =
            Pattern.compile("\\s*(\\d{1,5})\\s*[*×xX]\\s*(\\d{1,5})(\\s.*)?", Pattern.DOTALL);

    private AspectRatios() {}

    /** Returns them as {@code width*height}, tall ones first. */
    public static List<String> sizes() {
        return SIZES;
    }

    /** Tells whether it is one of them. */
    public static boolean contains(int width, int height) {
        return SIZES.contains(width + "*" + height);
    }

    /** Reads {@code width*height}, also with {@code ×} or {@code x} and with more behind a blank; else nothing. */
    public static Optional<ImageSize> parse(String text) {
        Matcher matcher = SIZE.matcher(text);
        return matcher.matches()
                ? Optional.of(new ImageSize(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))))
                : Optional.empty();
    }
}
