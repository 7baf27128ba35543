package dev.darkroom.output;

import dev.darkroom.image.ImageFormat;
import java.nio.file.FileSystem;
import java.nio.file.InvalidPathException;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Gives pictures the names that Fooocus gives them: {@code YYYY-MM-DD/YYYY-MM-DD_HH-MM-SS_rrrr.ext} in local time with a
 * number from 1000 to 9999, or what the user asked for, with the image's index. Safe from any thread.
 */
final class OutputNames {

    private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("uuuu-MM-dd");
    private static final DateTimeFormatter SECOND = DateTimeFormatter.ofPattern("uuuu-MM-dd_HH-mm-ss");
    private static final int NUMBERS = 9000;
    private static final int SUFFIXES = 1000;

    private final Clock clock;
    private final ZoneId zone;
    private final RandomGenerator random;

    OutputNames(Clock clock, ZoneId zone, RandomGenerator random) {
        this.clock = clock;
        this.zone = zone;
        this.random = random;
    }

    /** A folder's name and the file names to try in it, the wanted one first. */
    record Candidates(String folder, Stream<String> files) {}

    Candidates candidates(int index, ImageFormat format, @Nullable String saveName, FileSystem files) {
        LocalDateTime now = LocalDateTime.ofInstant(clock.instant(), zone);
        String end = "." + format.extension();
        Stream<String> names = SaveName.of(saveName, name -> isRepresentable(name, files))
                .map(name -> wished(name + "-" + index, end))
                .orElseGet(() -> usual(now.format(SECOND) + "_", end));
        return new Candidates(now.format(DAY), names);
    }

    private Stream<String> usual(String stem, String end) {
        int first = number(NUMBERS);
        return IntStream.range(0, NUMBERS).mapToObj(i -> stem + (1000 + (first + i) % NUMBERS) + end);
    }

    /** After many numbered files of one name a random suffix finds a free one sooner. */
    private Stream<String> wished(String stem, String end) {
        return Stream.concat(
                Stream.concat(
                                Stream.of(stem),
                                IntStream.rangeClosed(2, SUFFIXES).mapToObj(i -> stem + "-" + i))
                        .map(name -> name + end),
                IntStream.range(0, SUFFIXES).mapToObj(i -> stem + "-" + (100_000 + number(900_000)) + end));
    }

    private int number(int bound) {
        synchronized (random) {
            return random.nextInt(bound);
        }
    }

    private static boolean isRepresentable(String name, FileSystem files) {
        try {
            files.getPath(name);
            return true;
        } catch (InvalidPathException unmappable) {
            return false;
        }
    }
}
