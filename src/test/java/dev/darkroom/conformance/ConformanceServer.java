package dev.darkroom.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.endtoend.RunningServer;
import dev.darkroom.model.TinyPipeline;
import dev.darkroom.testing.NullModel;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * A whole server with both faces and several keys, over a model that computes nothing. One for all classes of the suite,
 * which get it through their constructors.
 */
public final class ConformanceServer implements AutoCloseable {

    /** A request whose picture is quick. */
    static final JsonObject CAT =
            new JsonObject().put("prompt", "a cat").put("overwrite_step", 4).put("image_seed", 7);

    /** The same with so many steps that it does not end by itself in a test. */
    static final JsonObject LONG = CAT.copy().put("overwrite_step", 900);

    private static final NullModel MODEL = new NullModel("tiny", 64, 4, 0);

    /** Hands the server of this run to constructors. */
    public static final class Shared implements ParameterResolver {

        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == ConformanceServer.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return context.getRoot()
                    .getStore(ExtensionContext.Namespace.create(ConformanceServer.class))
                    .computeIfAbsent(ConformanceServer.class, type -> start());
        }

        private static ConformanceServer start() {
            try {
                return new ConformanceServer();
            } catch (Exception failure) {
                throw new IllegalStateException(failure);
            }
        }
    }

    /** As long as this is open, the model waits before each of its calls. */
    static final class Hold implements AutoCloseable {
        private static final int MOST_STEPS = 150;
        private static final int ENOUGH = 1_000_000;

        private final Semaphore permits = new Semaphore(0);
        private final CountDownLatch reached = new CountDownLatch(1);

        private Hold() {
            MODEL.beforeCall = () -> {
                reached.countDown();
                permits.acquireUninterruptibly();
            };
        }

        /** Waits until the model does. */
        void reached() throws InterruptedException {
            assertThat(reached.await(90, TimeUnit.SECONDS)).isTrue();
        }

        /** Lets the model do a step at a time until something holds; fails if that takes too many. */
        void stepUntil(Callable<Boolean> condition) throws Exception {
            int steps = 0;
            while (!condition.call()) {
                assertThat(steps++).isLessThan(MOST_STEPS);
                // with and without the prompt
                permits.release(2);
            }
        }

        /** Lets the model go on. */
        void release() {
            MODEL.beforeCall = () -> {};
            permits.release(ENOUGH);
        }

        @Override
        public void close() {
            release();
        }
    }

    final Path home;
    final RunningServer server;

    /** Two users, one who may have one waiting task, one who may have everything, and nobody. */
    final Wire ann;

    final Wire bob;
    final Wire limited;
    final Wire admin;
    final Wire nobody;
    final Wire legacy;
    final Wire legacyLimited;
    final Wire legacyNobody;

    private ConformanceServer() throws Exception {
        home = Files.createTempDirectory("darkroom-conformance");
        TinyPipeline.write(home.resolve("models"), "tiny");
        Files.createDirectories(home.resolve("conf/presets"));
        Files.writeString(
                home.resolve("conf/presets/calm.json"),
                "{\"default_model\":\"none-such.safetensors\",\"default_cfg_scale\":2.5,\"default_styles\":[]}");
        String keys = "[%s, %s, %s, %s]"
                .formatted(
                        key("ann", ""),
                        key("bob", ", priority: 10"),
                        key("limited", ", max-queued: 1"),
                        key("admin", ", admin: true"));
        server = RunningServer.start(
                home,
                Map.of(
                        "auth.keys", keys,
                        "webhook.allow-private-addresses", "true",
                        "http.heartbeat", "1 s",
                        "http.body-limit", "1 MiB",
                        "http.cors-origins", "https://app.example",
                        "legacy.enabled", "true",
                        "legacy.port", "0"),
                MODEL);
        ann = new Wire(server.port(), "key of ann");
        bob = new Wire(server.port(), "key of bob");
        limited = new Wire(server.port(), "key of limited");
        admin = new Wire(server.port(), "key of admin");
        nobody = new Wire(server.port(), "");
        legacy = new Wire(server.legacyPort(), "key of ann");
        legacyLimited = new Wire(server.legacyPort(), "key of limited");
        legacyNobody = new Wire(server.legacyPort(), "");
    }

    private static String key(String name, String more) throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(("key of " + name).getBytes(StandardCharsets.UTF_8));
        return "{name: %s, sha256: '%s'%s}".formatted(name, HexFormat.of().formatHex(hash), more);
    }

    /** Lets the model wait before the next task's first call. */
    Hold hold() throws Exception {
        idle();
        return new Hold();
    }

    /** Lets the next task fail. */
    void failNext() throws Exception {
        idle();
        MODEL.failsNext = true;
    }

    /** Waits until nothing waits or runs. */
    void idle() throws Exception {
        admin.await("/health", "the queue", health -> {
            JsonObject queue = health.getJsonObject("queue");
            return queue.getLong("pending") + queue.getLong("running") == 0;
        });
    }

    /** Returns the files that stand in the output folder. */
    List<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(server.outputs())) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        try (Stream<Path> files = Files.walk(home)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
