package dev.darkroom.store;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * Sends what arrives while an earlier statement is under way together as the next one: a lone request waits for nobody,
 * and a crowd shares round trips and commits. First come, first served. A statement that is not answered, as on a
 * connection whose other end is gone, fails after a while, so that the next can go its way. For one event loop.
 *
 * @param <Q> what is asked
 * @param <R> what is answered
 */
final class Coalescer<Q, R> {

    private record Waiting<Q, R>(Q request, Promise<R> promise) {}

    private final Deque<Waiting<Q, R>> queue = new ArrayDeque<>();
    private final Function<List<Q>, Future<List<R>>> statement;
    private final ToLongFunction<Q> weight;
    private final int mostInFlight;
    private final int mostRequests;
    private final long mostWeight;
    private final long patienceMilliseconds;
    private int inFlight;

    /**
     * @param statement answers requests together, in their order
     * @param weight bytes of a request
     * @param mostInFlight statements at a time
     * @param mostRequests requests in a statement
     * @param mostWeight bytes in a statement; a request that is heavier goes alone
     * @param patienceMilliseconds after which a statement without an answer has failed
     */
    Coalescer(
            Function<List<Q>, Future<List<R>>> statement,
            ToLongFunction<Q> weight,
            int mostInFlight,
            int mostRequests,
            long mostWeight,
            long patienceMilliseconds) {
        this.statement = statement;
        this.weight = weight;
        this.mostInFlight = mostInFlight;
        this.mostRequests = mostRequests;
        this.mostWeight = mostWeight;
        this.patienceMilliseconds = patienceMilliseconds;
    }

    /** Answers a request. */
    Future<R> ask(Q request) {
        Promise<R> promise = Promise.promise();
        queue.add(new Waiting<>(request, promise));
        sendWhatFits();
        return promise.future();
    }

    private void sendWhatFits() {
        while (inFlight < mostInFlight && !queue.isEmpty()) {
            send(next());
        }
    }

    private List<Waiting<Q, R>> next() {
        List<Waiting<Q, R>> batch = new ArrayList<>();
        long bytes = 0;
        while (!queue.isEmpty() && batch.size() < mostRequests) {
            bytes += weight.applyAsLong(queue.peek().request());
            if (bytes > mostWeight && !batch.isEmpty()) {
                break;
            }
            batch.add(queue.poll());
        }
        return batch;
    }

    private void send(List<Waiting<Q, R>> batch) {
        inFlight++;
        List<Q> requests = batch.stream().map(Waiting::request).toList();
        answer(requests).onComplete(answer -> {
            inFlight--;
            if (answer.failed() && batch.size() > 1 && StoreFailure.isAboutContent(answer.cause())) {
                // one of them spoilt it: each for itself
                batch.forEach(each -> send(List.of(each)));
                return;
            }
            for (int i = 0; i < batch.size(); i++) {
                if (answer.failed()) {
                    batch.get(i).promise().fail(answer.cause());
                } else {
                    batch.get(i).promise().complete(answer.result().get(i));
                }
            }
            sendWhatFits();
        });
    }

    private Future<List<R>> answer(List<Q> requests) {
        Promise<List<R>> promise = Promise.promise();
        Vertx vertx = Vertx.currentContext().owner();
        long timer = vertx.setTimer(
                patienceMilliseconds,
                late -> promise.tryFail(new TimeoutException(
                        "The database did not answer within %d ms.".formatted(patienceMilliseconds))));
        statement.apply(requests).onComplete(answer -> {
            vertx.cancelTimer(timer);
            if (answer.succeeded()) {
                promise.tryComplete(answer.result());
            } else {
                promise.tryFail(answer.cause());
            }
        });
        return promise.future();
    }
}
