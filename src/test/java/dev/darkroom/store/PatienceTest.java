package dev.darkroom.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PatienceTest {

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private <T> T onLoop(java.util.concurrent.Callable<Future<T>> work) throws Exception {
        Promise<T> result = Promise.promise();
        vertx.runOnContext(now -> {
            try {
                work.call().onComplete(result);
            } catch (Exception failure) {
                result.fail(failure);
            }
        });
        return result.future().await(60, TimeUnit.SECONDS);
    }

    @Test
    void answersComeThroughAndWhatNeverComesFails() throws Exception {
        List<Promise<String>> open = new ArrayList<>();
        List<Future<String>> bounded = new ArrayList<>();
        assertThatThrownBy(() -> onLoop(() -> {
                    Patience patience = new Patience(vertx, 120);
                    for (int i = 0; i < 100; i++) {
                        Promise<String> promise = Promise.promise();
                        open.add(promise);
                        bounded.add(patience.bound(promise.future()));
                    }
                    for (int i = 0; i < 99; i++) {
                        if (i % 3 == 0) {
                            open.get(i).fail("no " + i);
                        } else {
                            open.get(i).complete("yes " + i);
                        }
                    }
                    return bounded.get(99);
                }))
                .isInstanceOf(TimeoutException.class);
        for (int i = 0; i < 99; i++) {
            assertThat(bounded.get(i).isComplete()).isTrue();
            if (i % 3 == 0) {
                assertThat(bounded.get(i).cause()).hasMessage("no " + i);
            } else {
                assertThat(bounded.get(i).result()).isEqualTo("yes " + i);
            }
        }
    }

    @Test
    void itFailsLaterOnesTooAfterAPause() throws Exception {
        Patience patience = new Patience(vertx, 60);
        for (int round = 0; round < 3; round++) {
            assertThatThrownBy(() -> onLoop(
                            () -> patience.bound(Promise.<String>promise().future())))
                    .isInstanceOf(TimeoutException.class);
        }
    }

    @Test
    void whatIsThereAlreadyIsGivenAsItIs() throws Exception {
        Future<String> known = Future.succeededFuture("known");
        assertThat(new Patience(vertx, 60).bound(known)).isSameAs(known);
    }
}
