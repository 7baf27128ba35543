package dev.darkroom.http.legacy;

import dev.darkroom.bus.EventHub;
import dev.darkroom.http.ApiError;
import dev.darkroom.http.ContractRoutes;
import dev.darkroom.http.Face;
import dev.darkroom.http.HttpDesk;
import dev.darkroom.http.PictureFiles;
import dev.darkroom.http.Schema;
import dev.darkroom.http.fooocus.EngineRoutes;
import dev.darkroom.http.fooocus.FooocusContract;
import dev.darkroom.http.fooocus.GenerateRequest.Answer;
import dev.darkroom.http.fooocus.GenerateRoute;
import dev.darkroom.http.fooocus.ImageResponder;
import dev.darkroom.http.fooocus.ModelNames;
import dev.darkroom.http.fooocus.RecordWriter;
import dev.darkroom.http.fooocus.RequestChecks;
import dev.darkroom.http.fooocus.Responder;
import dev.darkroom.http.fooocus.StoredRequest;
import dev.darkroom.http.fooocus.TaskTerms;
import dev.darkroom.http.fooocus.WorkAssessor;
import dev.darkroom.http.webhook.WebhookBody;
import dev.darkroom.http.webhook.WebhookConfig;
import dev.darkroom.prompt.PromptLibrary;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskState;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.Map;

/** The older Fooocus-API's routes, built from its contract. */
public final class LegacyFace implements Face {

    private static final String FIRST_PAGE = """
            <!doctype html>
            <html lang="en"><meta charset="utf-8"><title>Darkroom</title><p>The contract: <a href="/docs">/docs</a></html>
            """;

    private final LegacyContract contract;
    private final FooocusContract fooocus;
    private final PromptLibrary library;
    private final ModelNames names;
    private final WebhookConfig webhooks;
    private final WorkAssessor assessor;

    /**
     * @param contract of this face
     * @param fooocus what requests are translated into
     * @param library what prompts may name
     * @param names finds models; what it does not know means the default model here
     * @param webhooks who may be told of ends
     * @param assessor tells what requests come to
     */
    public LegacyFace(
            LegacyContract contract,
            FooocusContract fooocus,
            PromptLibrary library,
            ModelNames names,
            WebhookConfig webhooks,
            WorkAssessor assessor) {
        this.contract = contract;
        this.fooocus = fooocus;
        this.library = library;
        this.names = names.orDefault();
        this.webhooks = webhooks;
        this.assessor = assessor;
    }

    /** Writes for receivers of webhooks what the older API tells them, of tasks that came over it. */
    public static WebhookBody webhookBody(EventHub hub, WebhookBody others) {
        return new JobWebhook(new RecordWriter(hub), others);
    }

    @Override
    public Buffer published() {
        return contract.contract().published();
    }

    /** The older API answers in gzip who takes it; so that its clients keep their speed, this does, too. */
    @Override
    public boolean compresses() {
        return true;
    }

    @Override
    public Router router(Vertx vertx, HttpDesk desk) {
        RecordWriter records = new RecordWriter(desk.hub());
        Jobs jobs = new Jobs(desk.hub(), records, desk.files());
        Map<String, Handler<RoutingContext>> handlers = new LinkedHashMap<>();
        new Generation(desk, records, jobs).add(handlers);
        addJobs(handlers, new JobRoutes(new PictureFiles(vertx, desk.outputs()), desk, jobs, contract));
        addEngines(handlers, new EngineRoutes(desk.models(), library.styles()));
        PictureForms tools = new PictureForms();
        handlers.put("describeImage", tools::describeImage);
        handlers.put("generateMask", tools::generateMask);
        Router router = new ContractRoutes(vertx, contract.contract(), desk).router(handlers);
        // pictures are as small as they can be
        router.route("/files/*").order(-1).handler(context -> {
            context.response().putHeader(HttpHeaderNames.CONTENT_ENCODING, HttpHeaderValues.IDENTITY);
            context.next();
        });
        desk.files().attach(router, "/files/");
        router.get("/")
                .handler(context -> context.response()
                        .putHeader(HttpHeaderNames.CONTENT_TYPE, "text/html; charset=utf-8")
                        .end(FIRST_PAGE));
        router.route().failureHandler(new Refusals()::handle);
        return router;
    }

    private static ApiError noImage(TaskEvent.Ended end) {
        boolean stopped = end.state() == TaskState.STOPPED;
        String sentence = stopped
                ? "USER_CANCEL: the job was stopped before its image was done."
                : "The job ended without an image: it was skipped.";
        return new ApiError.OfTask(stopped ? 400 : 500, sentence, end.taskId());
    }

    private static void addJobs(Map<String, Handler<RoutingContext>> handlers, JobRoutes jobs) {
        handlers.put("queryJob", jobs::query);
        handlers.put("jobQueue", jobs::queue);
        handlers.put("jobHistory", jobs::history);
        handlers.put("stop", jobs::stop);
    }

    private static void addEngines(Map<String, Handler<RoutingContext>> handlers, EngineRoutes engines) {
        handlers.put("allModels", engines::models);
        handlers.put("refreshModels", engines::models);
        handlers.put("styles", engines::styles);
        handlers.put("ping", context -> json(context, "\"pong\""));
        handlers.put(
                "cleanVram",
                context -> json(context, "{\"message\":\"Models stay loaded; there is nothing to clean up.\"}"));
    }

    private static void json(RoutingContext context, String body) {
        context.response()
                .putHeader(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .end(body);
    }

    /** The paths that make images: one route each, since each has its own schema and type of job. */
    private final class Generation {

        private final HttpDesk desk;
        private final RecordWriter records;
        private final RequestChecks checks;
        private final Map<Answer, Responder> responders;

        Generation(HttpDesk desk, RecordWriter records, Jobs jobs) {
            this.desk = desk;
            this.records = records;
            checks = new RequestChecks(library, webhooks, new StoredRequest(fooocus.generate(), desk.seeds()));
            responders = Map.of(
                    Answer.IMAGE,
                    new ImageResponder(desk.files(), LegacyFace::noImage),
                    Answer.RECORD,
                    new ResultsResponder(desk.tasks(), jobs, desk.address()));
        }

        void add(Map<String, Handler<RoutingContext>> handlers) {
            handlers.put("textToImage", route(JobKind.TEXT_TO_IMAGE, "CommonRequest"));
            handlers.put("textToImageWithPrompts", route(JobKind.TEXT_TO_IMAGE, "Text2ImgRequestWithPrompt"));
            handlers.put("upscaleOrVary", route(JobKind.UPSCALE_OR_VARY, "ImgUpscaleOrVaryRequestJson"));
            handlers.put("upscaleOrVaryForm", route(JobKind.UPSCALE_OR_VARY, "ImgUpscaleOrVaryRequestJson"));
            handlers.put("inpaintOrOutpaint", route(JobKind.INPAINT_OR_OUTPAINT, "ImgInpaintOrOutpaintRequestJson"));
            handlers.put(
                    "inpaintOrOutpaintForm", route(JobKind.INPAINT_OR_OUTPAINT, "ImgInpaintOrOutpaintRequestJson"));
            handlers.put(
                    "inpaintOrOutpaintFormMisspelt",
                    route(JobKind.INPAINT_OR_OUTPAINT, "ImgInpaintOrOutpaintRequestJson"));
            handlers.put("imagePrompt", route(JobKind.IMAGE_PROMPT, "ImgPromptRequestJson"));
            handlers.put("imagePromptForm", route(JobKind.IMAGE_PROMPT, "ImgPromptForm"));
            handlers.put("imageEnhance", route(JobKind.ENHANCE, "ImageEnhanceRequestJson"));
            handlers.put("imageEnhanceForm", route(JobKind.ENHANCE, "ImageEnhanceForm"));
        }

        private Handler<RoutingContext> route(JobKind kind, String schemaName) {
            Schema.Structure schema = contract.contract().structure(schemaName);
            LegacyReader reader = new LegacyReader(
                    kind, schema, new Translation(fooocus.generate(), schema, library.styles()), checks);
            TaskTerms terms = new TaskTerms(assessor, desk.address());
            return new GenerateRoute(
                            desk,
                            reader,
                            names,
                            records,
                            terms,
                            responders,
                            task -> Json.encode(Jobs.accepted(task, kind)))::handle;
        }
    }
}
