package dev.darkroom.chaos;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Makes 1,000 pictures on three nodes while they are killed, stopped, drained and cut off, one loses its disk and their
 * database restarts, and prints what came of it. It needs Linux and no privileges.
 *
 * <pre>mvn -q test-compile exec:java -Dexec.classpathScope=test -Dmain.class=dev.darkroom.chaos.Chaos</pre>
 */
public final class Chaos {

    private Chaos() {}

    /** @param arguments {@code small} for the dose of the build, or {@code whole}; then a seed */
    public static void main(String[] arguments) throws Exception {
        boolean small = arguments.length > 0 && arguments[0].equals("small");
        long seed = arguments.length > 1 ? Long.parseLong(arguments[1]) : System.nanoTime();
        System.out.println("seed " + seed);
        Path folder = Files.createTempDirectory("darkroom-chaos");
        long begun = System.nanoTime();
        try (ChaosRun run = new ChaosRun(
                small ? ChaosPlan.small(seed) : ChaosPlan.whole(seed),
                folder,
                sentence -> System.out.printf("%6.1f s  %s%n", (System.nanoTime() - begun) / 1e9, sentence))) {
            System.out.println(run.run().table());
        }
        System.out.println("The logs stay in " + folder);
    }
}
