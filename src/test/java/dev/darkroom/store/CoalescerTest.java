package dev.darkroom.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CoalescerTest {

    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();
    private final List<List<String>> statements = new ArrayList<>();
    private final Promise<List<String>> firstAnswer = Promise.promise();

    private Coalescer<String, String> coalescer(long patienceMilliseconds) {
        return new Coalescer<>(this::statement, request -> 1, 1, 8, 8, patienceMilliseconds);
    }

    private Future<List<String>> statement(List<String> requests) {
        statements.add(requests);
        return statements.size() == 1
                ? firstAnswer.future()
                : Future.succeededFuture(requests.stream()
                        .map(request -> request.toUpperCase(Locale.ROOT))
                        .toList());
    }

    private Future<String> ask(Coalescer<String, String> coalescer, String request) {
        Promise<String> promise = Promise.promise();
        loop.runOnContext(now -> coalescer.ask(request).onComplete(promise));
        return promise.future();
    }

    private void answerFirst(String reply) {
        loop.runOnContext(now -> firstAnswer.complete(List.of(reply)));
    }

    @AfterEach
    void close() throws Exception {
        Awaited.get(vertx.close());
    }

    @Test
    void whatArrivesMeanwhileGoesTogetherNext() throws Exception {
        Coalescer<String, String> coalescer = coalescer(60_000);
        Future<String> first = ask(coalescer, "a");
        Future<String> second = ask(coalescer, "b");
        Future<String> third = ask(coalescer, "c");
        answerFirst("A");
        assertThat(Awaited.get(first)).isEqualTo("A");
        assertThat(Awaited.get(second)).isEqualTo("B");
        assertThat(Awaited.get(third)).isEqualTo("C");
        assertThat(statements).containsExactly(List.of("a"), List.of("b", "c"));
    }

    @Test
    void aStatementWithoutAnAnswerHoldsNobodyUpForEver() throws Exception {
        Coalescer<String, String> coalescer = coalescer(50);
        Future<String> lost = ask(coalescer, "a");
        Future<String> waiting = ask(coalescer, "b");
        assertThat(Awaited.failure(lost)).isInstanceOf(TimeoutException.class);
        assertThat(Awaited.get(waiting)).isEqualTo("B");
        answerFirst("too late");
        assertThat(Awaited.get(ask(coalescer, "c"))).isEqualTo("C");
    }
}
