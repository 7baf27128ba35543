package dev.darkroom.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.bus.ModelMessage.ModelEntry;
import dev.darkroom.bus.ModelMessage.ModelState;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.MemoryBudget;
import dev.darkroom.model.ModelException;
import dev.darkroom.model.ModelFolder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When models come into memory, and when they leave it. */
final class ModelShelfTest {

    @TempDir
    Path models;

    private final Vertx vertx = Vertx.vertx();
    private final CountedModels loader = new CountedModels();
    private final List<ModelFolder> folders =
            new ArrayList<>(List.of(CountedModels.folder("a"), CountedModels.folder("b"), CountedModels.folder("c")));
    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    @AfterEach
    void close() throws Exception {
        vertx.close().await(20, TimeUnit.SECONDS);
        assertThat(loader.usedWhenFreed()).isFalse();
    }

    private ModelShelf shelf(MemoryBudget budget) throws Exception {
        ModelShelf shelf =
                new ModelShelf(vertx, () -> List.copyOf(folders), loader, "", budget, new SimpleMeterRegistry());
        shelf.open().await(20, TimeUnit.SECONDS);
        return shelf;
    }

    private ModelLoan borrow(ModelShelf shelf, String name) {
        return shelf.borrow(name, told::add);
    }

    private static LoadedModel model(ModelLoan loan) throws Exception {
        return loan.arrival().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private static ModelState state(ModelShelf shelf, String name) {
        return entry(shelf, name).state();
    }

    private static ModelEntry entry(ModelShelf shelf, String name) {
        return shelf.catalogue().models().stream()
                .filter(entry -> entry.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aModelInUseStaysAndWhoeverNeedsItsRoomWaits() throws Exception {
        ModelShelf shelf = shelf(CountedModels.roomFor(1));
        ModelLoan first = borrow(shelf, "a");
        model(first);
        assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo("Loading model a ...");
        ModelLoan second = borrow(shelf, "b");
        assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo("Waiting for memory for model b ...");
        assertThat(loader.loads).containsExactly("a");
        assertThat(loader.frees).isEmpty();
        first.giveBack();
        assertThat(model(second).traits().name()).isEqualTo("b");
        assertThat(told.poll(20, TimeUnit.SECONDS)).isEqualTo("Loading model b ...");
        assertThat(loader.frees).containsExactly("a");
        assertThat(loader.mostOpen()).isEqualTo(1);
        assertThat(state(shelf, "a")).isEqualTo(ModelState.KNOWN);
        assertThat(shelf.memory()).isEqualTo(CountedModels.SIZE);
    }

    @Test
    void theModelThatWasLentLongestAgoGoes() throws Exception {
        ModelShelf shelf = shelf(CountedModels.roomFor(2));
        for (String name : List.of("a", "b", "a")) {
            ModelLoan loan = borrow(shelf, name);
            model(loan);
            loan.giveBack();
        }
        model(borrow(shelf, "c"));
        assertThat(loader.frees).containsExactly("b");
        assertThat(loader.loads).containsExactly("a", "b", "c");
    }

    @Test
    void whoWaitsForRoomIsServedBeforeThoseWhoComeLaterForWhatHasToGo() throws Exception {
        ModelShelf shelf = shelf(CountedModels.roomFor(1));
        ModelLoan first = borrow(shelf, "a");
        model(first);
        ModelLoan second = borrow(shelf, "b");
        ModelLoan third = borrow(shelf, "a");
        first.giveBack();
        model(second);
        assertThat(third.arrival().isComplete()).isFalse();
        second.giveBack();
        model(third);
        assertThat(loader.loads).containsExactly("a", "b", "a");
    }

    @Test
    void aModelIsLentWhileAnotherOneLoads() throws Exception {
        Semaphore gate = new Semaphore(0);
        loader.gates.put("b", gate);
        ModelShelf shelf = shelf(CountedModels.roomFor(2));
        model(borrow(shelf, "a"));
        ModelLoan slow = borrow(shelf, "b");
        model(borrow(shelf, "a"));
        assertThat(state(shelf, "b")).isEqualTo(ModelState.LOADING);
        // nor does reading the folder wait for it
        shelf.rescan(false).await(20, TimeUnit.SECONDS);
        assertThat(slow.arrival().isComplete()).isFalse();
        gate.release();
        model(slow);
        assertThat(state(shelf, "b")).isEqualTo(ModelState.READY);
    }

    @Test
    void aModelLargerThanTheBudgetIsLoadedAlone() throws Exception {
        ModelShelf shelf = shelf(new MemoryBudget(1, CountedModels.roomFor(1).memory()));
        ModelLoan loan = borrow(shelf, "a");
        model(loan);
        loan.giveBack();
        model(borrow(shelf, "b"));
        assertThat(loader.mostOpen()).isEqualTo(1);
    }

    @Test
    void aLoanThatIsGivenBackBeforeItsModelCameFreesNothing() throws Exception {
        ModelShelf shelf = shelf(CountedModels.roomFor(1));
        ModelLoan first = borrow(shelf, "a");
        model(first);
        ModelLoan second = borrow(shelf, "b");
        second.giveBack();
        second.giveBack();
        first.giveBack();
        model(borrow(shelf, "a"));
        assertThat(loader.loads).containsExactly("a");
    }

    @Test
    void aModelThatIsOnItsWayOutIsLoadedAnewForWhoeverAsksForIt() throws Exception {
        Semaphore exit = new Semaphore(0);
        loader.exits.put("a", exit);
        ModelShelf shelf = shelf(CountedModels.roomFor(1));
        ModelLoan first = borrow(shelf, "a");
        model(first);
        first.giveBack();
        borrow(shelf, "b").giveBack();
        ModelLoan second = borrow(shelf, "a");
        // behind whatever the shelf had to tell by now
        shelf.rescan(false).await(20, TimeUnit.SECONDS);
        assertThat(second.arrival().isComplete()).isFalse();
        assertThat(state(shelf, "a")).isEqualTo(ModelState.KNOWN);
        exit.release();
        assertThat(model(second).encode("in memory", 1).tokens()).isEqualTo(77);
        assertThat(loader.loads).containsExactly("a", "a");
    }

    @Test
    void fetchingAheadTakesFreeRoomOnly() throws Exception {
        Semaphore gate = new Semaphore(0);
        loader.gates.put("c", gate);
        ModelShelf shelf = shelf(CountedModels.roomFor(1));
        shelf.prefetch("b");
        model(borrow(shelf, "b")).traits();
        shelf.prefetch("a");
        assertThat(loader.loads).containsExactly("b");
        assertThat(loader.frees).isEmpty();
    }

    @Test
    void aFailedLoadIsNotRepeatedUntilItsFilesChangeOrSomebodyAsksForIt() throws Exception {
        Path folder = Files.createDirectories(models.resolve("d/unet")).getParent();
        folders.add(CountedModels.folder("d", folder));
        loader.broken.put("d", "its graph is damaged");
        ModelShelf shelf = shelf(CountedModels.roomFor(2));
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> model(borrow(shelf, "d")))
                    .isInstanceOf(ExecutionException.class)
                    .hasCauseInstanceOf(ModelException.class)
                    .hasMessageContaining("its graph is damaged");
            shelf.rescan(false).await(20, TimeUnit.SECONDS);
        }
        assertThat(loader.loads).containsExactly("d");
        assertThat(entry(shelf, "d").state()).isEqualTo(ModelState.REFUSED);
        assertThat(entry(shelf, "d").problem()).isEqualTo("its graph is damaged");

        shelf.rescan(true).await(20, TimeUnit.SECONDS);
        assertThatThrownBy(() -> model(borrow(shelf, "d"))).hasMessageContaining("its graph is damaged");
        assertThat(loader.loads).containsExactly("d", "d");

        loader.broken.clear();
        Files.write(folder.resolve("unet/model.onnx"), new byte[10]);
        shelf.rescan(false).await(20, TimeUnit.SECONDS);
        model(borrow(shelf, "d"));
        assertThat(state(shelf, "d")).isEqualTo(ModelState.READY);
    }

    @Test
    void changedFilesAreLoadedOnceNobodyUsesTheOldOnes() throws Exception {
        Path folder = Files.createDirectories(models.resolve("d/unet")).getParent();
        Files.write(folder.resolve("unet/model.onnx"), new byte[10]);
        folders.add(CountedModels.folder("d", folder));
        ModelShelf shelf = shelf(CountedModels.roomFor(3));
        ModelLoan old = borrow(shelf, "d");
        LoadedModel before = model(old);
        Files.write(folder.resolve("unet/model.onnx"), new byte[20]);
        shelf.rescan(false).await(20, TimeUnit.SECONDS);
        ModelLoan next = borrow(shelf, "d");
        assertThat(loader.frees).isEmpty();
        assertThat(next.arrival().isComplete()).isFalse();
        old.giveBack();
        assertThat(model(next)).isNotSameAs(before);
        assertThat(loader.frees).containsExactly("d");
    }

    @Test
    void aVanishedFolderStaysWithThoseWhoUseItAndIsRefusedToOthers() throws Exception {
        ModelShelf shelf = shelf(CountedModels.roomFor(3));
        ModelLoan user = borrow(shelf, "b");
        LoadedModel model = model(user);
        folders.removeIf(folder -> folder.name().equals("b"));
        Set<String> gone = shelf.rescan(false).await(20, TimeUnit.SECONDS);
        assertThat(gone).containsExactly("b");
        assertThat(shelf.names()).containsExactly("a", "c");
        assertThatThrownBy(() -> model(borrow(shelf, "b")))
                .hasMessageContaining("there is no model b; this brings one: darkroom models add");
        assertThat(model.encode("still there", 1).tokens()).isEqualTo(77);
        user.giveBack();
        shelf.expect(gone);
        assertThat(shelf.names()).containsExactly("a", "c", "b");
        folders.add(CountedModels.folder("b"));
        shelf.rescan(false).await(20, TimeUnit.SECONDS);
        assertThat(model(borrow(shelf, "b"))).isNotSameAs(model);
    }

    @Test
    void aModelThatWorkedOnceKeepsTheServerReady() throws Exception {
        ModelShelf shelf = shelf(CountedModels.roomFor(1));
        assertThat(shelf.defaultModel()).isEqualTo("a");
        assertThat(shelf.catalogue().ready()).isFalse();
        ModelLoan loan = borrow(shelf, "a");
        model(loan);
        assertThat(shelf.catalogue().ready()).isTrue();
        loan.giveBack();
        model(borrow(shelf, "b"));
        assertThat(shelf.catalogue().ready()).isTrue();
    }

    @Test
    void closingFreesWhatIsThereAndRefusesThoseWhoWait() throws Exception {
        ModelShelf shelf = shelf(CountedModels.roomFor(1));
        model(borrow(shelf, "a"));
        ModelLoan waiting = borrow(shelf, "b");
        shelf.close().await(20, TimeUnit.SECONDS);
        assertThatThrownBy(() -> model(waiting)).hasMessageContaining("the server is stopping");
        assertThat(loader.open()).isZero();
    }
}
