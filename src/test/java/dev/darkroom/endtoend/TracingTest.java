package dev.darkroom.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.model.TinyPipeline;
import dev.darkroom.testing.BlockedThreadWatch;
import dev.darkroom.testing.NullModel;
import dev.darkroom.testing.TraceCollector;
import dev.darkroom.testing.TraceCollector.Span;
import io.vertx.core.json.JsonObject;
import java.net.ServerSocket;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Requests and tasks as a collector of traces sees them. */
@ExtendWith(BlockedThreadWatch.class)
final class TracingTest {

    private static final JsonObject BODY = new JsonObject()
            .put("prompt", "a secret cat")
            .put("sampler_name", "euler")
            .put("overwrite_step", 3)
            .put("image_seed", 7);
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String PARENT = "00-" + TRACE + "-00f067aa0ba902b7-01";

    @TempDir
    Path home;

    private RunningServer start(TraceCollector collector, Map<String, String> more, NullModel model) throws Exception {
        TinyPipeline.write(home.resolve("models"), "null");
        Map<String, String> settings = new HashMap<>(more);
        settings.put("tracing.enabled", "true");
        settings.put("tracing.endpoint", collector.endpoint());
        return RunningServer.start(home, settings, model);
    }

    private static Span one(List<Span> spans, String name) {
        List<Span> found =
                spans.stream().filter(span -> span.name().equals(name)).toList();
        assertThat(found).as(name + " among " + spans).hasSize(1);
        return found.get(0);
    }

    private static List<Span> below(List<Span> spans, Span parent) {
        return spans.stream().filter(span -> span.parent().equals(parent.id())).toList();
    }

    private static List<Span> of(List<Span> spans, String task) {
        String trace = spans.stream()
                .filter(span -> span.get("darkroom.task.id").equals(task))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no span of " + task + " among " + spans))
                .trace();
        return spans.stream().filter(span -> span.trace().equals(trace)).toList();
    }

    @Test
    void aTaskGoesOnWithTheTraceOfTheRequestThatSubmittedIt() throws Exception {
        try (TraceCollector collector = new TraceCollector()) {
            String task;
            try (RunningServer server = start(collector, Map.of(), new NullModel("null", 64, 4, 1))) {
                HttpRequest request = server.client.generate(
                        BODY.copy().put("async_process", true).put("image_number", 2), "traceparent", PARENT);
                task = new JsonObject(server.client.send(request).body()).getString("task_id");
                assertThat(server.client.ended(task).getString("status")).isEqualTo("finished");
            }
            List<Span> spans = of(collector.spans(), task);
            assertThat(spans).extracting(Span::trace).containsOnly(TRACE);

            Span http = one(spans, "POST /v1/engine/generate");
            assertThat(http.parent()).isEqualTo("00f067aa0ba902b7");
            assertThat(http.get("http.response.status_code")).isEqualTo("200");
            Span submit = one(spans, "store Submit");
            assertThat(submit.parent()).isEqualTo(http.id());
            assertThat(below(spans, submit)).extracting(Span::name).contains("postgresql");

            Span whole = one(spans, "task");
            assertThat(whole.parent()).isEqualTo(http.id());
            assertThat(whole.get("darkroom.task.attempt")).isEqualTo("1");
            assertThat(whole.get("darkroom.task.outcome")).isEqualTo("finished");
            assertThat(whole.failed()).isFalse();
            List<Span> parts = below(spans, whole);
            assertThat(parts.stream().collect(Collectors.groupingBy(Span::name, Collectors.counting())))
                    .containsEntry("model", 1L)
                    .containsEntry("step", 6L)
                    .containsEntry("decode", 2L)
                    .containsEntry("save", 2L)
                    .containsEntry("complete", 1L)
                    .containsKey("encode");
            for (String image : List.of("0", "1")) {
                assertThat(parts)
                        .filteredOn(span -> span.name().equals("step"))
                        .filteredOn(span -> span.get("darkroom.image").equals(image))
                        .extracting(span -> span.get("darkroom.step") + "/" + span.get("darkroom.steps"))
                        .containsExactly("1/3", "2/3", "3/3");
            }
            assertThat(parts).allSatisfy(span -> {
                assertThat(span.start()).isBetween(whole.start(), span.end());
                assertThat(span.end()).isLessThanOrEqualTo(whole.end());
            });
            assertThat(collector.resource())
                    .containsEntry("service.name", "darkroom")
                    .containsKeys("service.instance.id", "service.version");
            assertThat(collector.spans().toString()).doesNotContain("secret");
        }
    }

    @Test
    void tasksThatShareACallHaveEachASpanOfIt() throws Exception {
        try (TraceCollector collector = new TraceCollector()) {
            NullModel model = new NullModel("null", 64, 4, 5);
            try (RunningServer server = start(collector, Map.of("tracing.prompts", "true"), model)) {
                String one = server.client.queue(BODY.copy().put("overwrite_step", 200));
                String other = server.client.queue(BODY.copy().put("overwrite_step", 200));
                server.client.ended(one);
                server.client.ended(other);
            }
            Map<String, List<Span>> calls = collector.spans().stream()
                    .filter(span -> span.name().equals("step"))
                    .collect(Collectors.groupingBy(span -> span.get("darkroom.call.number")));
            assertThat(calls.values())
                    .allSatisfy(call -> assertThat(call)
                            .allSatisfy(span -> assertThat(span.get("darkroom.call.images"))
                                    .isEqualTo(Integer.toString(call.size()))));
            assertThat(calls.values())
                    .anySatisfy(call ->
                            assertThat(call).extracting(Span::trace).hasSize(2).doesNotHaveDuplicates());
            assertThat(collector.spans())
                    .filteredOn(span -> span.name().equals("task"))
                    .extracting(span -> span.get("darkroom.prompt"))
                    .containsExactly("a secret cat", "a secret cat");
        }
    }

    @Test
    void aFailedCallIsAnErrorOfItsStepAndItsTask() throws Exception {
        try (TraceCollector collector = new TraceCollector()) {
            NullModel model = new NullModel("null", 64, 4, 1);
            model.failsNext = true;
            String task;
            try (RunningServer server = start(collector, Map.of(), model)) {
                task = server.client.queue(BODY);
                assertThat(server.client.ended(task).getString("status")).isEqualTo("failed");
            }
            List<Span> spans = of(collector.spans(), task);
            assertThat(one(spans, "task").failed()).isTrue();
            assertThat(one(spans, "step").failed()).isTrue();
            assertThat(one(spans, "step").get("error.type")).endsWith("ModelException");
        }
    }

    @Test
    void aClientThatSamplesNothingIsFollowedInThat() throws Exception {
        try (TraceCollector collector = new TraceCollector()) {
            String task;
            try (RunningServer server = start(collector, Map.of(), new NullModel("null", 64, 4, 1))) {
                String unsampled = "00-" + TRACE + "-00f067aa0ba902b7-00";
                HttpRequest request =
                        server.client.generate(BODY.copy().put("async_process", true), "traceparent", unsampled);
                task = new JsonObject(server.client.send(request).body()).getString("task_id");
                server.client.ended(task);
            }
            assertThat(collector.spans()).isNotEmpty().extracting(Span::trace).doesNotContain(TRACE);
            assertThat(collector.spans()).extracting(Span::name).doesNotContain("task");
        }
    }

    @Test
    void aCollectorThatIsAwayIsToldOnceAndHoldsNothingUp() throws Exception {
        TinyPipeline.write(home.resolve("models"), "tiny");
        int nobody;
        try (ServerSocket socket = new ServerSocket(0)) {
            nobody = socket.getLocalPort();
        }
        Map<String, String> settings =
                Map.of("tracing.enabled", "true", "tracing.endpoint", "http://127.0.0.1:" + nobody);
        // sent at once, and not tried again
        List<String> options = List.of("-Dotel.bsp.schedule.delay=50", "-Dotel.java.exporter.otlp.retry.disabled=true");
        try (ServerProcess server = ServerProcess.start(home, settings, options)) {
            Client client = server.client();
            for (int image = 0; image < 3; image++) {
                String task = client.queue(BODY);
                assertThat(client.ended(task).getString("status")).isEqualTo("finished");
            }
            assertThat(server.line("Traces can't be sent")).contains("spans are lost");
            assertThat(server.lines())
                    .filteredOn(line -> line.contains("Traces can't be sent"))
                    .hasSize(1);
            assertThat(server.lines()).noneMatch(line -> line.contains("io.opentelemetry"));
        }
    }

    @Test
    void aServerThatDoesNotTraceLoadsNothingOfOpenTelemetry() throws Exception {
        TinyPipeline.write(home.resolve("models"), "tiny");
        Path classes = home.resolve("classes.txt");
        List<String> options = List.of("-Xlog:class+load=info:file=" + classes + "::filecount=0");
        try (ServerProcess server = ServerProcess.start(home, Map.of(), options)) {
            Client client = server.client();
            assertThat(client.ended(client.queue(BODY)).getString("status")).isEqualTo("finished");
        }
        try (Stream<String> lines = Files.lines(classes)) {
            assertThat(lines.filter(line -> line.contains("dev.darkroom.Server ")
                            || line.contains(" io.opentelemetry.")
                            || line.contains(" dev.darkroom.trace.Tracing ")))
                    .singleElement()
                    .asString()
                    .contains("dev.darkroom.Server ");
        }
    }
}
