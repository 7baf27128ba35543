package dev.darkroom.http.fooocus;

import dev.darkroom.bus.EventHub;
import dev.darkroom.http.ApiError;
import dev.darkroom.http.ContractRoutes;
import dev.darkroom.http.Face;
import dev.darkroom.http.HealthPages;
import dev.darkroom.http.HttpDesk;
import dev.darkroom.http.PictureFiles;
import dev.darkroom.http.fooocus.GenerateRequest.Answer;
import dev.darkroom.http.webhook.WebhookBody;
import dev.darkroom.http.webhook.WebhookConfig;
import dev.darkroom.prompt.PromptLibrary;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskState;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.Map;

/** FooocusAPI's routes, built from its contract. */
public final class FooocusFace implements Face {

    private final FooocusContract contract;
    private final PromptLibrary library;
    private final ModelNames names;
    private final WebhookConfig webhooks;
    private final WorkAssessor assessor;

    /**
     * @param library what prompts may name
     * @param names finds models
     * @param webhooks who may be told of ends
     * @param assessor tells what requests come to
     */
    public FooocusFace(
            FooocusContract contract,
            PromptLibrary library,
            ModelNames names,
            WebhookConfig webhooks,
            WorkAssessor assessor) {
        this.contract = contract;
        this.library = library;
        this.names = names;
        this.webhooks = webhooks;
        this.assessor = assessor;
    }

    /** Writes records for receivers of webhooks. */
    public static WebhookBody webhookBody(EventHub hub) {
        RecordWriter records = new RecordWriter(hub);
        return (row, base) -> records.write(row, base);
    }

    @Override
    public Buffer published() {
        return contract.contract().published();
    }

    @Override
    public Router router(Vertx vertx, HttpDesk desk) {
        Router router = new ContractRoutes(vertx, contract.contract(), desk).router(handlers(vertx, desk));
        desk.files().attach(router, "/outputs/");
        desk.inputs().attach(router, "/inputs/");
        router.get("/")
                .handler(context -> context.response()
                        .setStatusCode(307)
                        .putHeader(HttpHeaderNames.LOCATION, "/docs")
                        .end());
        return router;
    }

    private Map<String, Handler<RoutingContext>> handlers(Vertx vertx, HttpDesk desk) {
        RecordWriter records = new RecordWriter(desk.hub());
        PictureFiles files = new PictureFiles(vertx, desk.outputs());
        TaskRoutes tasks = new TaskRoutes(desk, records, files, contract.listParameters());
        EngineRoutes engines = new EngineRoutes(desk.models(), library.styles());
        PictureTools tools = new PictureTools(contract.contract());
        TaskActions actions = new TaskActions(vertx, desk, records, files);
        NameLists lists = new NameLists(library.presets());
        HealthPages health = desk.health();
        Map<String, Handler<RoutingContext>> handlers = new LinkedHashMap<>();
        handlers.put("generate", generate(desk, records)::handle);
        handlers.put("control", new ControlRoute(desk.tasks(), desk.origins())::handle);
        handlers.put("listTasks", tasks::list);
        handlers.put("getTask", tasks::one);
        handlers.put("taskEvents", new TaskEventsRoute(desk, records)::handle);
        handlers.put("stopTask", actions::stop);
        handlers.put("skipTask", actions::skip);
        handlers.put("deleteTask", actions::delete);
        handlers.put("samplers", lists::samplers);
        handlers.put("schedulers", lists::schedulers);
        handlers.put("vaes", lists::vaes);
        handlers.put("presets", lists::presets);
        handlers.put("allModels", engines::models);
        handlers.put("rescanModels", engines::rescan);
        handlers.put("styles", engines::styles);
        handlers.put("generateMask", tools::generateMask);
        handlers.put("describeImage", tools::describeImage);
        handlers.put(
                "pngInfo",
                new PngInfoRoute(vertx, contract.contract().structure("PngInfoRequest"), library.styles())::handle);
        handlers.put("health", health::ready);
        handlers.put("healthLive", health::live);
        handlers.put("healthReady", health::ready);
        return handlers;
    }

    private GenerateRoute generate(HttpDesk desk, RecordWriter records) {
        StoredRequest stored = new StoredRequest(contract.generate(), desk.seeds());
        GenerateReader reader = new GenerateReader(contract.generate(), new RequestChecks(library, webhooks, stored));
        Map<Answer, Responder> responders = Map.of(
                Answer.IMAGE, new ImageResponder(desk.files(), FooocusFace::noImage),
                Answer.STREAM,
                        new EventStreamResponder(
                                desk.address(), desk.streams(), desk.config().heartbeat(), desk.registry()),
                Answer.RECORD, new RecordResponder(desk.tasks(), records, desk.address()));
        RequestSource source = (context, task) ->
                reader.read(context.request().headers(), context.body().buffer());
        TaskTerms terms = new TaskTerms(assessor, desk.address());
        return new GenerateRoute(desk, source, names, records, terms, responders, RecordWriter::placeholder);
    }

    private static ApiError noImage(TaskEvent.Ended end) {
        String sentence = end.state() == TaskState.STOPPED
                ? "The task was stopped before its image was done."
                : "The task ended without an image: it was skipped.";
        return new ApiError.OfTask(409, sentence, end.taskId());
    }
}
