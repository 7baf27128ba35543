package dev.darkroom;

import dev.darkroom.bus.NodeEventHub;
import dev.darkroom.http.AccessLog;
import dev.darkroom.http.Face;
import dev.darkroom.http.HealthFace;
import dev.darkroom.http.HttpRoom;
import dev.darkroom.http.fooocus.FooocusContract;
import dev.darkroom.http.fooocus.FooocusFace;
import dev.darkroom.http.fooocus.ModelNames;
import dev.darkroom.http.fooocus.WorkAssessor;
import dev.darkroom.http.legacy.LegacyConfig;
import dev.darkroom.http.legacy.LegacyContract;
import dev.darkroom.http.legacy.LegacyFace;
import dev.darkroom.http.webhook.WebhookConfig;
import dev.darkroom.image.ImageDecoder;
import dev.darkroom.image.ImageEncoder;
import dev.darkroom.image.ImageTranscoder;
import dev.darkroom.output.InputFolder;
import dev.darkroom.output.OutputStore;
import dev.darkroom.prompt.PromptLibrary;
import dev.darkroom.worker.ModelShelf;
import dev.darkroom.worker.RequestAssessment;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Clock;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Deploys what answers a node's clients: its own face or health alone, and the older API where it is asked for. */
final class HttpSide {

    private static final Logger LOG = LoggerFactory.getLogger(HttpSide.class);

    /**
     * What is listened on.
     *
     * @param legacy 0 if the older API is not served
     */
    record Ports(int own, int legacy) {}

    private final Vertx vertx;
    private final Configuration configuration;
    private final Path home;
    private final NodeEventHub hub;
    private final PrometheusMeterRegistry registry;
    private final TakeDown takeDown;

    /** @param takeDown is told how to end what is deployed */
    HttpSide(
            Vertx vertx,
            Configuration configuration,
            Path home,
            NodeEventHub hub,
            PrometheusMeterRegistry registry,
            TakeDown takeDown) {
        this.vertx = vertx;
        this.configuration = configuration;
        this.home = home;
        this.hub = hub;
        this.registry = registry;
        this.takeDown = takeDown;
    }

    Future<Ports> deploy(
            FooocusContract contract,
            PromptLibrary library,
            OutputStore outputs,
            ModelShelf shelf,
            AccessLog accessLog) {
        ImageTranscoder transcoder = new ImageTranscoder(new ImageDecoder(), new ImageEncoder());
        ModelNames names = new ModelNames(configuration.models().aliases(), false);
        WebhookConfig webhooks = configuration.webhooks();
        WorkAssessor assessor = new RequestAssessment(shelf)::assess;
        HttpRoom room = new HttpRoom(
                vertx,
                configuration.http(),
                configuration.auth(),
                configuration.roles().http()
                        ? new FooocusFace(contract, library, names, webhooks, assessor)
                        : new HealthFace(),
                hub,
                outputs,
                new InputFolder(home.resolve(configuration.output().inputs())),
                transcoder,
                registry,
                Clock.systemDefaultZone(),
                accessLog);
        takeDown.drain(() -> {
            room.drain();
            return Future.succeededFuture();
        });
        Function<LegacyContract, Face> legacyFace =
                own -> new LegacyFace(own, contract, library, names, webhooks, assessor);
        return deployRoom(room).compose(port -> deployLegacy(legacyFace, room).map(legacy -> new Ports(port, legacy)));
    }

    private Future<Integer> deployLegacy(Function<LegacyContract, Face> face, HttpRoom first) {
        LegacyConfig legacy = configuration.legacy();
        if (!legacy.enabled() || !configuration.roles().http()) {
            return Future.succeededFuture(0);
        }
        return LegacyContract.load(vertx)
                .compose(own -> deployRoom(first.beside(legacy.port(), legacy.publicUrl(), face.apply(own))))
                .onSuccess(port -> LOG.info("The older Fooocus-API is served on port {}", port));
    }

    private Future<Integer> deployRoom(HttpRoom room) {
        return vertx.deployVerticle(room::verticle, new DeploymentOptions().setInstances(NodeVertx.eventLoops()))
                .compose(id -> {
                    takeDown.down(() -> vertx.undeploy(id));
                    return room.port();
                });
    }
}
