package dev.darkroom.http;

import dev.darkroom.bus.EventHub;
import dev.darkroom.image.ImageTranscoder;
import dev.darkroom.output.InputFolder;
import dev.darkroom.output.OutputStore;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * What the event loops of one node share, and the maker of their verticles. Deploy as many as there are event loops:
 *
 * <pre>{@code
 * FooocusContract.load(vertx).compose(contract -> {
 *     HttpRoom room = new HttpRoom(vertx, config, auth, face, hub, outputs, inputs, transcoder, registry, Clock.systemDefaultZone());
 *     return vertx.deployVerticle(room::verticle, new DeploymentOptions().setInstances(eventLoops));
 * });
 * }</pre>
 */
public final class HttpRoom {

    private static final int SIGN_BITS = 1;

    private final HttpConfig config;
    private final AuthConfig auth;
    private final Face face;
    private final EventHub hub;
    private final OutputStore outputs;
    private final PrometheusMeterRegistry registry;
    private final Clock clock;
    private final Origins origins;
    private final PublicAddress address;
    private final TaskDesk tasks;
    private final ModelDesk models;
    private final ImageFiles files;
    private final ImageFiles inputs;
    private final AbandonedTasks abandoned;
    private final StreamLimit streams;
    /** Shared by the rooms of a node. */
    private final AtomicBoolean draining;

    private final DocsPages docs;
    private final AccessLog accessLog;
    /** Vert.x takes a negative port for a free one, the same for all servers that name the same number. */
    private final int freePort;

    private final SecureRandom random = new SecureRandom();
    private final Promise<Integer> port = Promise.promise();

    /** Makes a room that notes no requests. Reads the documentation's script from the class path: some milliseconds. */
    public HttpRoom(
            Vertx vertx,
            HttpConfig config,
            AuthConfig auth,
            Face face,
            EventHub hub,
            OutputStore outputs,
            InputFolder inputs,
            ImageTranscoder transcoder,
            PrometheusMeterRegistry registry,
            Clock clock) {
        this(vertx, config, auth, face, hub, outputs, inputs, transcoder, registry, clock, AccessLog.none(clock));
    }

    /**
     * Reads the documentation's script from the class path: some milliseconds.
     *
     * @param accessLog closed by the caller
     */
    public HttpRoom(
            Vertx vertx,
            HttpConfig config,
            AuthConfig auth,
            Face face,
            EventHub hub,
            OutputStore outputs,
            InputFolder inputs,
            ImageTranscoder transcoder,
            PrometheusMeterRegistry registry,
            Clock clock,
            AccessLog accessLog) {
        this.accessLog = accessLog;
        this.config = config;
        this.auth = auth;
        this.face = face;
        this.hub = hub;
        this.outputs = outputs;
        this.registry = registry;
        this.clock = clock;
        origins = new Origins(config);
        address = new PublicAddress(config);
        tasks = new TaskDesk(vertx, new Admission(vertx, auth, System::nanoTime));
        models = new ModelDesk(vertx, registry);
        files = new ImageFiles(vertx, outputs::find, transcoder);
        this.inputs = new ImageFiles(vertx, inputs::find, transcoder);
        abandoned = new AbandonedTasks(vertx, tasks, hub, config.abandonAfter());
        streams = new StreamLimit(config.maxStreams(), registry);
        draining = new AtomicBoolean();
        docs = new DocsPages(face.published());
        freePort = -1;
        FunctionCounter.builder("darkroom.http.access.log.lost", accessLog, AccessLog::lost)
                .description("Requests without a line in the access log, which could not be written fast enough")
                .register(registry);
    }

    private HttpRoom(HttpRoom first, HttpConfig config, Face face) {
        accessLog = first.accessLog;
        this.config = config;
        this.face = face;
        auth = first.auth;
        hub = first.hub;
        outputs = first.outputs;
        registry = first.registry;
        clock = first.clock;
        origins = first.origins;
        address = new PublicAddress(config);
        tasks = first.tasks;
        models = first.models;
        files = first.files;
        inputs = first.inputs;
        abandoned = first.abandoned;
        streams = first.streams;
        draining = first.draining;
        docs = new DocsPages(face.published());
        freePort = first.freePort - 1;
    }

    /**
     * Returns a room that serves another face on a port of its own and shares with this one what a node has once. Made
     * at most once.
     *
     * @param publicUrl as in {@link HttpConfig}
     */
    public HttpRoom beside(int port, String publicUrl, Face other) {
        return new HttpRoom(this, config.at(port, publicUrl), other);
    }

    /** Returns a new verticle for an event loop. */
    public HttpVerticle verticle() {
        return new HttpVerticle(this);
    }

    /** Returns the port that is listened on, once it is: the configured one, or the one that was free. */
    public Future<Integer> port() {
        return port.future();
    }

    /** The node is to stop: it says so to whoever asks whether it is ready, and answers as before. From any thread. */
    public void drain() {
        draining.set(true);
    }

    void listening(int actualPort) {
        port.tryComplete(actualPort);
    }

    HttpConfig config() {
        return config;
    }

    int sharedPort() {
        return config.port() == 0 ? freePort : config.port();
    }

    Face face() {
        return face;
    }

    Origins origins() {
        return origins;
    }

    AccessLog accessLog() {
        return accessLog;
    }

    DocsPages docs() {
        return docs;
    }

    AbandonedTasks abandoned() {
        return abandoned;
    }

    PrometheusMeterRegistry registry() {
        return registry;
    }

    /** Returns what the routes of one event loop work with; {@code pulse} is that loop's. */
    HttpDesk desk(Pulse pulse) {
        LongSupplier seeds = () -> random.nextLong() >>> SIGN_BITS;
        return new HttpDesk(
                config,
                new ApiKeyGuard(auth),
                origins,
                address,
                tasks,
                models,
                hub,
                outputs,
                files,
                inputs,
                new HealthPages(tasks, models, draining::get),
                pulse,
                abandoned,
                streams,
                registry,
                clock,
                seeds);
    }
}
