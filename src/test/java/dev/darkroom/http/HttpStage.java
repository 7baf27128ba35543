package dev.darkroom.http;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.MessageCodecs;
import dev.darkroom.bus.ModelMessage;
import dev.darkroom.bus.NodeEventHub;
import dev.darkroom.http.fooocus.FooocusContract;
import dev.darkroom.http.fooocus.FooocusFace;
import dev.darkroom.http.fooocus.ModelNames;
import dev.darkroom.http.webhook.WebhookConfig;
import dev.darkroom.image.ImageDecoder;
import dev.darkroom.image.ImageEncoder;
import dev.darkroom.image.ImageFormat;
import dev.darkroom.image.ImageTranscoder;
import dev.darkroom.image.RgbImage;
import dev.darkroom.image.TestPictures;
import dev.darkroom.output.InputFolder;
import dev.darkroom.output.OutputStore;
import dev.darkroom.prompt.PromptLibrary;
import dev.darkroom.settings.Settings;
import dev.darkroom.task.Attempt;
import dev.darkroom.task.Preview;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A real server on a free port with a real bus and hub; the store and the models stand in. */
public final class HttpStage implements AutoCloseable {

    public final Vertx vertx;
    public final UUID node = UUID.randomUUID();
    public final NodeEventHub hub;
    public final MemoryStore store;
    public final Path outputs;
    public final int port;
    public final HttpClient client = HttpClient.newHttpClient();
    private final AccessLog accessLog;
    volatile ModelMessage.Catalogue catalogue = new ModelMessage.Catalogue(
            List.of(
                    new ModelMessage.ModelEntry("tiny", ModelMessage.ModelState.READY, null, ""),
                    new ModelMessage.ModelEntry("bad", ModelMessage.ModelState.REFUSED, "it has no UNet", "")),
            "tiny",
            "CPU, 2 threads",
            "CUDA is not there",
            true);

    public HttpStage(Path folder, Map<String, Object> settings) throws Exception {
        this(folder, settings, PromptLibrary.empty());
    }

    HttpStage(Path folder, Map<String, Object> settings, PromptLibrary library) throws Exception {
        this(folder, settings, library, lone());
    }

    /** @param vertx one node's of several, with its messages' codecs; closed with this */
    public HttpStage(Path folder, Map<String, Object> settings, Vertx vertx) throws Exception {
        this(folder, settings, PromptLibrary.empty(), vertx);
    }

    private HttpStage(Path folder, Map<String, Object> settings, PromptLibrary library, Vertx vertx) throws Exception {
        this.vertx = vertx;
        outputs = folder;
        hub = new NodeEventHub(vertx, node, null);
        hub.start().await(20, TimeUnit.SECONDS);
        store = new MemoryStore(vertx, node);
        vertx.eventBus().<ModelMessage>localConsumer(Addresses.MODELS, message -> message.reply(catalogue));
        Map<String, Object> all = new HashMap<>(settings);
        all.putIfAbsent("http.port", 0);
        Settings read = new Settings(all);
        HttpConfig config = HttpConfig.from(read);
        AuthConfig auth = AuthConfig.from(read, config);
        WebhookConfig webhooks = WebhookConfig.from(read);
        AccessLogConfig log = all.containsKey("access-log.to") ? AccessLogConfig.from(read) : AccessLogConfig.NONE;
        ModelNames names = new ModelNames(read.map("models.aliases"), false);
        if (!read.mistakes().isEmpty()) {
            throw new IllegalArgumentException(read.mistakes().toString());
        }
        Clock clock = Clock.systemDefaultZone();
        accessLog = AccessLog.open(log, folder, clock);
        FooocusContract contract = FooocusContract.load(vertx).await(30, TimeUnit.SECONDS);
        HttpRoom room = new HttpRoom(
                vertx,
                config,
                auth,
                new FooocusFace(contract, library, names, webhooks, (model, request) -> null),
                hub,
                new FolderOutputs(),
                new InputFolder(folder.resolveSibling("inputs")),
                new ImageTranscoder(new ImageDecoder(), new ImageEncoder()),
                new PrometheusMeterRegistry(PrometheusConfig.DEFAULT),
                clock,
                accessLog);
        vertx.deployVerticle(room::verticle, new DeploymentOptions().setInstances(2))
                .await(30, TimeUnit.SECONDS);
        port = room.port().await(5, TimeUnit.SECONDS);
    }

    private static Vertx lone() {
        Vertx vertx = Vertx.vertx();
        MessageCodecs.register(vertx);
        return vertx;
    }

    String base() {
        return "http://127.0.0.1:" + port;
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base() + path)).timeout(Duration.ofSeconds(60));
    }

    HttpRequest.Builder generate(String body, String... headers) {
        HttpRequest.Builder builder = request("/v1/engine/generate")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        return headers.length == 0 ? builder : builder.headers(headers);
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    CompletableFuture<HttpResponse<String>> sendLater(HttpRequest.Builder request) {
        return client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    JsonObject json(HttpRequest.Builder request) throws Exception {
        return new JsonObject(send(request).body());
    }

    /** Returns the id of the next task that was submitted. */
    TaskId submitted() throws Exception {
        return store.submitted.poll(30, TimeUnit.SECONDS).taskId();
    }

    void run(TaskId task) {
        store.put(task, TaskState.RUNNING, null, null);
        hub.tell(new TaskEvent.Started(task, 1, 0));
    }

    void step(TaskId task, int step, @Nullable byte[] preview) {
        Preview picture = preview == null ? null : new Preview(preview, 8, 8);
        hub.tell(new TaskEvent.Progressed(
                task, 1, step, step, "Sampling step " + step + "/30, image 1/1 ...", step, 30, 0, 1, picture));
    }

    /** Ends a task in row and event. */
    void end(TaskId task, TaskState state, TaskResult result, @Nullable String error) {
        store.put(task, state, result, error);
        hub.tell(new TaskEvent.Ended(task, 1, 1_000_000, state, result, error));
    }

    /** Ends a task with one real picture. */
    SavedImage finish(TaskId task) throws Exception {
        SavedImage image = picture("2026-11-21/" + task + ".png");
        end(task, TaskState.FINISHED, new TaskResult(List.of(image), List.of()), null);
        return image;
    }

    SavedImage picture(String path) throws Exception {
        RgbImage picture = TestPictures.photo(32, 24, new java.util.Random(7));
        Path file = outputs.resolve(path);
        Files.createDirectories(file.getParent());
        Files.write(file, new ImageEncoder().encode(picture, ImageFormat.PNG, Map.of()));
        return new SavedImage(0, path, 7, 32, 24);
    }

    /** Opens a plain connection and sends {@code text}. */
    Socket raw(String text) throws IOException {
        Socket socket = new Socket("127.0.0.1", port);
        socket.setSoTimeout(60_000);
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
        return socket;
    }

    /** Returns a POST as it goes over the wire. */
    static String post(String body) {
        return "POST /v1/engine/generate HTTP/1.1\r\nHost: camera.example:99\r\nContent-Type: application/json\r\n"
                + "Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body;
    }

    /** Waits until something holds. */
    static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("it did not come true within a minute");
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
        accessLog.close();
    }

    /** Finds files below the folder and nothing beside it. */
    private final class FolderOutputs implements OutputStore {
        @Override
        public SavedImage save(
                Attempt attempt,
                int index,
                long seed,
                RgbImage picture,
                ImageFormat format,
                Map<String, String> parameters,
                @Nullable String saveName) {
            throw new UnsupportedOperationException("nobody saves over HTTP");
        }

        @Override
        public void settle(Attempt attempt, TaskResult kept) {
            // the stand-in saves nothing
        }

        @Override
        public List<Attempt> unsettled() {
            return List.of();
        }

        @Override
        public void discardEarlier(Attempt attempt) {
            // the stand-in saves nothing
        }

        @Override
        public Optional<Path> find(String path) {
            Path file = outputs.resolve(path).normalize();
            return file.startsWith(outputs) && Files.isRegularFile(file) ? Optional.of(file) : Optional.empty();
        }

        @Override
        public void delete(TaskResult result) {
            // the stand-in's results name no files
        }
    }
}
