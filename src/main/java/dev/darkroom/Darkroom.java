package dev.darkroom;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The server's entry point: reads the settings, starts the server, and stops it when the process is asked to end. */
public final class Darkroom {

    private static final Logger LOG = LoggerFactory.getLogger(Darkroom.class);
    private static final int CANNOT_START = 1;
    private static final int WRONG_SETTINGS = 2;
    private static final int DATABASE_LOST = 3;
    private static final Duration STOP_LIMIT = Duration.ofSeconds(12);

    private Darkroom() {}

    /**
     * Starts the server and returns once it accepts requests.
     *
     * <p>Exit codes: 1 if it can't start, 2 if the settings are wrong, 3 if the embedded database ended under it; each with sentences in the log that say why.
     *
     * @param arguments none for the server; {@code models ...} for {@link ModelsCommand}, which ends before this returns
     */
    public static void main(String[] arguments) {
        // ImageIO and fonts must not look for a display
        System.setProperty("java.awt.headless", "true");
        Path home = Path.of(System.getProperty("darkroom.home", ""))
                .toAbsolutePath()
                .normalize();
        Configuration configuration;
        try {
            configuration = Configuration.read(home, System.getenv(), systemProperties());
        } catch (ConfigurationException wrong) {
            wrong.getMessage().lines().forEach(LOG::error);
            System.exit(WRONG_SETTINGS);
            return;
        }
        if (arguments.length > 0) {
            int code = command(configuration, home, List.of(arguments));
            if (code != 0) {
                System.exit(code);
            }
            return;
        }
        Server server = new Server(configuration, home);
        Thread shutdown = new Thread(() -> stop(server), "darkroom-shutdown");
        Runtime.getRuntime().addShutdownHook(shutdown);
        // a supervisor starts it again; the tasks are safe
        server.broken().onSuccess(ended -> new Thread(() -> System.exit(DATABASE_LOST), "darkroom-exit").start());
        try {
            server.start().toCompletionStage().toCompletableFuture().get();
        } catch (ExecutionException failed) {
            LOG.error("Darkroom can't start: {}", StartFailure.sentence(failed.getCause()));
            LOG.debug("Start failed", failed.getCause());
            forget(shutdown);
            System.exit(CANNOT_START);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** A failed start has taken down what stood, so that nothing is left to stop and to tell of. */
    private static void forget(Thread shutdown) {
        try {
            Runtime.getRuntime().removeShutdownHook(shutdown);
        } catch (IllegalStateException endingAnyway) {
            // the process was asked to end at the same time
        }
    }

    private static int command(Configuration configuration, Path home, List<String> arguments) {
        if (arguments.get(0).equals("models")) {
            Path models = home.resolve(configuration.models().folder());
            if (arguments.size() > 1 && arguments.get(1).equals("measure")) {
                return new MeasureCommand(
                                models,
                                home.resolve(configuration.sampler().measurements()),
                                configuration.device(),
                                2 * configuration.sampler().maxRows(),
                                System.out,
                                System.err)
                        .run(arguments.subList(2, arguments.size()));
            }
            return new ModelsCommand(models, System.out, System.err, System.console() != null)
                    .run(arguments.subList(1, arguments.size()));
        }
        boolean asked = List.of("help", "--help", "-h").contains(arguments.get(0));
        PrintStream page = asked ? System.out : System.err;
        if (!asked) {
            page.println("darkroom: \"%s\" is not understood".formatted(arguments.get(0)));
        }
        page.println("darkroom");
        page.println("    Starts the server; conf/darkroom.yaml configures it.");
        page.print(ModelsCommand.USAGE);
        return asked ? 0 : WRONG_SETTINGS;
    }

    private static Map<String, String> systemProperties() {
        Map<String, String> properties = new HashMap<>();
        System.getProperties().stringPropertyNames().forEach(name -> properties.put(name, System.getProperty(name)));
        return properties;
    }

    private static void stop(Server server) {
        try {
            LOG.info("Darkroom is stopping");
            server.stop().toCompletionStage().toCompletableFuture().get(STOP_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException failed) {
            LOG.warn("Darkroom stopped with an error: {}", StartFailure.sentence(failed.getCause()));
        } catch (TimeoutException late) {
            LOG.warn("Darkroom did not stop within {} s and is ended now", STOP_LIMIT.toSeconds());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
