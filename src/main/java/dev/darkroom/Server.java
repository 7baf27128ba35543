package dev.darkroom;

import dev.darkroom.bus.NodeEventHub;
import dev.darkroom.http.AccessLog;
import dev.darkroom.http.AuthConfig;
import dev.darkroom.http.fooocus.FooocusContract;
import dev.darkroom.http.fooocus.FooocusFace;
import dev.darkroom.http.legacy.LegacyFace;
import dev.darkroom.http.webhook.WebhookVerticle;
import dev.darkroom.model.MemoryBudget;
import dev.darkroom.model.ModelCatalogue;
import dev.darkroom.model.ModelFolder;
import dev.darkroom.model.ModelLoader;
import dev.darkroom.model.ModelsConfig;
import dev.darkroom.model.OnnxModelLoader;
import dev.darkroom.output.HtmlLog;
import dev.darkroom.output.OutputConfig;
import dev.darkroom.output.OutputFolder;
import dev.darkroom.output.OutputStore;
import dev.darkroom.output.PictureLog;
import dev.darkroom.output.TemporaryFileSweep;
import dev.darkroom.prompt.PromptLibrary;
import dev.darkroom.store.FirstConnection;
import dev.darkroom.store.Shares;
import dev.darkroom.store.TaskVerticle;
import dev.darkroom.trace.Tracing;
import dev.darkroom.worker.CurveFolder;
import dev.darkroom.worker.ModelShelf;
import dev.darkroom.worker.ModelVerticle;
import dev.darkroom.worker.SamplerConfig;
import dev.darkroom.worker.SamplerVerticle;
import dev.darkroom.worker.TaskTracing;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node: opens what it stands on, deploys the rooms' verticles in the order in which they need each other, and takes
 * them down in the reverse order. Started and stopped once; safe from any thread.
 */
public final class Server {

    private static final Logger LOG = LoggerFactory.getLogger(Server.class);
    private final Configuration configuration;
    private final Path home;
    private final Callable<ModelLoader> loaders;
    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final UUID node = UUID.randomUUID();
    /** Both stand once the start has begun. */
    private volatile Vertx vertx;

    private volatile NodeEventHub hub;
    /** Null where nothing is traced. */
    private volatile @Nullable Tracing tracing;

    private final Promise<Void> broken = Promise.promise();
    private volatile int legacyPort;
    private final TakeDown takeDown = new TakeDown();

    /**
     * Makes a node that runs its models in ONNX Runtime.
     *
     * @param home relative folders of the configuration are relative to this one
     */
    public Server(Configuration configuration, Path home) {
        this(configuration, home, () -> new OnnxModelLoader(configuration.device()));
    }

    /** @param loaders makes what runs the models; may block */
    public Server(Configuration configuration, Path home, Callable<ModelLoader> loaders) {
        this.configuration = configuration;
        this.home = home;
        this.loaders = loaders;
    }

    private Future<Vertx> openBus() {
        if (configuration.tracing().enabled()) {
            try {
                Tracing opened = Tracing.open(configuration.tracing(), node);
                tracing = opened;
                takeDown.down(() -> {
                    opened.close();
                    return Future.succeededFuture();
                });
            } catch (RuntimeException refused) {
                return Future.failedFuture(
                        new IllegalStateException("traces can't be made: " + refused.getMessage(), refused));
            }
        }
        return NodeVertx.open(configuration.cluster(), registry, tracing).onSuccess(made -> {
            vertx = made;
            Timer delay = Timer.builder("darkroom.bus.delay")
                    .description("From an event's telling to its readers on this node")
                    .publishPercentiles(0.5, 0.99)
                    .register(registry);
            hub = new NodeEventHub(made, node, delay);
            takeDown.down(made::close);
        });
    }

    /**
     * Starts the node; its models may still be loading when it has started.
     *
     * @return the port that is listened on; if it fails, nothing is left running, and the message is a sentence for the
     *     node's operator
     */
    public Future<Integer> start() {
        // of no context, since a failed start ends Vert.x, and then no context of it runs any more
        Promise<Integer> started = Promise.promise();
        openBus()
                .compose(made -> standUp())
                .onSuccess(started::complete)
                .onFailure(failure -> stop().onComplete(stopped -> started.fail(failure)));
        return started.future();
    }

    private Future<Integer> standUp() {
        Future<Storage> storage = blocking(() -> Storage.open(configuration.database(), home, LOG::info));
        Future<ModelLoader> loader = blocking(configuration.roles().sampler() ? loaders : NoDevice::new);
        Future<FooocusContract> contract = FooocusContract.load(vertx);
        Future<OutputFolder> folder = blocking(
                () -> OutputFolder.open(home.resolve(configuration.output().folder())));
        Future<PromptLibrary> library = blocking(() -> PromptLibrary.open(configuration.prompt(), home, LOG::warn));
        storage.onSuccess(open -> {
            if (open.embedded() != null) {
                open.embedded().onUnexpectedEnd(broken::tryComplete);
            }
        });
        storage.onSuccess(open -> takeDown.down(() -> blocking(() -> {
            open.close();
            return null;
        })));
        return Future.join(storage, loader, contract, folder, library)
                .compose(ready -> {
                    keepTidy(folder.result());
                    return hub.start();
                })
                .compose(ready -> {
                    takeDown.down(hub::stop);
                    return deployStore(storage.result());
                })
                .compose(stands -> Outputs.open(
                        vertx,
                        configuration,
                        storage.result().options(),
                        folder.result(),
                        registry,
                        verticle -> deploy(verticle, new DeploymentOptions())))
                .compose(outputs -> {
                    PictureLog log = configuration.output().log() ? new HtmlLog(folder.result()) : PictureLog.NONE;
                    return deployModels(
                                    loader.result(),
                                    library.result(),
                                    storage.result().exclusive())
                            .compose(shelf -> deploySampler(shelf, library.result(), outputs, log)
                                    .compose(sampling -> deployWebhooks())
                                    .compose(sending -> openAccessLog())
                                    .compose(accessLog -> new HttpSide(
                                                    vertx, configuration, home, hub, registry, takeDown)
                                            .deploy(contract.result(), library.result(), outputs, shelf, accessLog)));
                })
                .compose(ports -> {
                    legacyPort = ports.legacy();
                    return StartLine.of(
                                    configuration, ports.own(), storage.result().description(), vertx)
                            .onSuccess(LOG::info)
                            .map(ports.own());
                });
    }

    /**
     * Tells whoever asks that the node is not ready, hands unfinished tasks back to the queue, stops accepting requests,
     * ends event streams, and closes what was opened. Does nothing the second time.
     */
    public Future<Void> stop() {
        return takeDown.run();
    }

    /** Returns the port of the older Fooocus-API once the node has started; 0 if it is not served. */
    public int legacyPort() {
        return legacyPort;
    }

    /** Completes, on some thread, when the node can't go on and should be stopped: its embedded database has ended. */
    public Future<Void> broken() {
        return broken.future();
    }

    /** Returns the node's name, drawn at its start. */
    public UUID node() {
        return node;
    }

    private <T> Future<T> blocking(Callable<T> work) {
        return vertx.executeBlocking(work, false);
    }

    private void keepTidy(OutputFolder folder) {
        OutputConfig output = configuration.output();
        TemporaryFileSweep sweep = new TemporaryFileSweep(folder, output.sweepAfter(), Clock.systemUTC());
        blocking(sweep::sweepAtStart).onFailure(Server::untidy);
        vertx.setPeriodic(
                output.sweepAfter().toMillis(), timer -> blocking(sweep::sweep).onFailure(Server::untidy));
    }

    private static void untidy(Throwable failure) {
        LOG.warn("Unfinished files in the output folder can't be removed: {}", failure.getMessage());
    }

    private Future<?> deployStore(Storage storage) {
        return blocking(() -> {
                    FirstConnection.makeAndClose(storage.options());
                    return new TaskVerticle(configuration.database(), storage.options(), storage.exclusive(), shares());
                })
                .compose(store -> deploy(store, new DeploymentOptions()))
                .onSuccess(stands -> takeDown.down(() -> {
                    storage.expectEnd();
                    return Future.succeededFuture();
                }))
                .compose(stands -> deploy(new TaskMeters(registry), new DeploymentOptions()));
    }

    private Shares shares() {
        return new Shares(configuration.auth().keys().stream()
                .collect(Collectors.toMap(
                        AuthConfig.ApiKey::name, key -> new Shares.Share(key.weight(), key.maxRunning()))));
    }

    private Future<ModelShelf> deployModels(ModelLoader loader, PromptLibrary library, boolean alone) {
        ModelsConfig models = configuration.models();
        Path folder = home.resolve(models.folder());
        if (!Files.isDirectory(folder)) {
            return Future.failedFuture("models.folder: there is no folder " + folder);
        }
        ModelCatalogue catalogue = new ModelCatalogue(folder);
        Callable<List<ModelFolder>> scanner = () -> {
            // who asks for what there is gets new wildcards too, as with Fooocus
            library.wildcards().refresh(LOG::warn);
            return catalogue.scan();
        };
        return blocking(() -> MemoryBudget.of(models.memoryBudget(), loader.memory()))
                .compose(budget -> deployModels(
                        new ModelShelf(vertx, scanner, loader, models.defaultModel(), budget, registry), alone));
    }

    private Future<ModelShelf> deployModels(ModelShelf shelf, boolean alone) {
        ModelsConfig models = configuration.models();
        Path folder = home.resolve(models.folder());
        takeDown.down(shelf::close);
        return shelf.open()
                .compose(scanned -> models.defaultModel().isEmpty() || shelf.holds(models.defaultModel())
                        ? deploy(
                                new ModelVerticle(
                                        shelf, alone, configuration.roles().sampler()),
                                new DeploymentOptions())
                        : Future.failedFuture("models.default: there is no model %s in %s; there are %s"
                                .formatted(models.defaultModel(), folder, shelf.names())))
                .map(shelf);
    }

    private Future<?> deploySampler(ModelShelf shelf, PromptLibrary library, OutputStore outputs, PictureLog log) {
        SamplerConfig sampler = configuration.sampler();
        Tracing traced = tracing;
        TaskTracing tasks = traced == null ? TaskTracing.NONE : traced.tasks();
        return configuration.roles().sampler()
                ? vertx.deployVerticle(
                                new SamplerVerticle(
                                        sampler,
                                        shelf,
                                        library,
                                        hub,
                                        outputs,
                                        log,
                                        registry,
                                        measurements(shelf),
                                        tasks),
                                SamplerVerticle.options())
                        .onSuccess(id -> takeDown.drain(() -> vertx.undeploy(id)))
                : Future.succeededFuture();
    }

    private CurveFolder measurements(ModelShelf shelf) {
        return new CurveFolder(
                home.resolve(configuration.sampler().measurements()),
                shelf.catalogue().device());
    }

    private Future<?> deployWebhooks() {
        return deploy(
                new WebhookVerticle(
                        configuration.webhooks(),
                        LegacyFace.webhookBody(hub, FooocusFace.webhookBody(hub)),
                        registry,
                        new SecureRandom()::nextDouble),
                new DeploymentOptions());
    }

    private Future<AccessLog> openAccessLog() {
        return blocking(() -> AccessLog.open(configuration.accessLog(), home, Clock.systemUTC()))
                .onSuccess(log -> takeDown.down(() -> blocking(() -> {
                    log.close();
                    return null;
                })));
    }

    private Future<?> deploy(Deployable verticle, DeploymentOptions options) {
        return vertx.deployVerticle(verticle, options).onSuccess(id -> takeDown.down(() -> vertx.undeploy(id)));
    }
}
