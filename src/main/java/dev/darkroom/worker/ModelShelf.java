package dev.darkroom.worker;

import dev.darkroom.bus.ModelMessage.Catalogue;
import dev.darkroom.model.Device;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.MemoryBudget;
import dev.darkroom.model.ModelException;
import dev.darkroom.model.ModelFiles;
import dev.darkroom.model.ModelFolder;
import dev.darkroom.model.ModelLoader;
import dev.darkroom.model.ModelTraits;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's models: what its folder holds, and what of it is in memory. Models are lent. The least recently lent go
 * when another one needs their room, but never while a loan is out; and while somebody waits for that room they are lent
 * to nobody else, so that whoever waits gets it. Safe from any thread; never blocks.
 */
public final class ModelShelf {

    private static final Logger LOG = LoggerFactory.getLogger(ModelShelf.class);

    private static final String LOADING = "Loading model %s ...";

    private final Callable<List<ModelFolder>> scanner;
    private final ModelLoader loader;
    private final MemoryBudget budget;
    private final ModelHands hands;
    private final Context home;
    private final KnownModels known;
    /** In the order in which they were asked for. */
    private final List<ModelLoan> waiting = new ArrayList<>();

    private final Set<String> wished = new LinkedHashSet<>();
    private boolean scanned;
    private boolean working;
    private boolean closed;
    private long count;

    /**
     * @param scanner reads the models folder; may block
     * @param preferred the default model's name, or empty for the first that has no problem
     * @param budget how much memory the loaded models may take
     */
    public ModelShelf(
            Vertx vertx,
            Callable<List<ModelFolder>> scanner,
            ModelLoader loader,
            String preferred,
            MemoryBudget budget,
            MeterRegistry metrics) {
        this.scanner = scanner;
        this.loader = loader;
        this.budget = budget;
        this.home = ((VertxInternal) vertx).createEventLoopContext();
        this.hands = new ModelHands(vertx, home, loader, budget, metrics);
        this.known = new KnownModels(preferred, budget);
        metrics.gauge("darkroom.models.memory", this, ModelShelf::memory);
        metrics.gauge("darkroom.models.memory.budget", this, shelf -> shelf.budget.bytes());
    }

    /** Reads the models folder, unless that has been done. */
    public Future<Void> open() {
        synchronized (this) {
            if (scanned) {
                return Future.succeededFuture();
            }
        }
        return rescan(false).mapEmpty();
    }

    /**
     * Reads the models folder again. A model whose files changed is loaded anew when it is needed next; one whose
     * folder is gone stays with those who use it. What failed to load is tried again if its files have changed.
     *
     * @param retry what failed to load may be tried again in any case
     * @return the names of models whose folders are gone since the last time
     */
    public Future<Set<String>> rescan(boolean retry) {
        return home.executeBlocking(() -> {
            Map<ModelFolder, ModelFiles> found = new LinkedHashMap<>();
            for (ModelFolder folder : scanner.call()) {
                found.put(folder, ModelFiles.of(folder.path()));
            }
            Device device = loader.device();
            Set<String> gone;
            synchronized (this) {
                scanned = true;
                gone = known.take(device, found, retry);
            }
            serve();
            return gone;
        });
    }

    /** Tasks wait for models of these names; those for which there is no folder will be told so. */
    public synchronized void expect(Collection<String> names) {
        known.expect(names);
    }

    /** Sets the calling thread up for running models. */
    void enterThread() {
        loader.enterThread();
    }

    /**
     * Asks for a model, which is brought into memory unless it is there.
     *
     * @param progress gets sentences while it has to be waited for; called on an event loop
     */
    ModelLoan borrow(String name, Consumer<String> progress) {
        ModelLoan loan;
        synchronized (this) {
            loan = new ModelLoan(this, known.find(name), progress);
            waiting.add(loan);
            if (loan.shelved.loading) {
                tell(loan, LOADING);
            }
        }
        serve();
        return loan;
    }

    /** Begins to load a model if there is room without any other going. */
    void prefetch(String name) {
        synchronized (this) {
            wished.add(name);
        }
        serve();
    }

    void giveBack(ModelLoan loan) {
        synchronized (this) {
            if (loan.over) {
                return;
            }
            loan.over = true;
            if (loan.lent) {
                loan.shelved.loans--;
            } else {
                waiting.remove(loan);
            }
        }
        serve();
    }

    /** Lends, loads and frees what can be now. */
    private synchronized void serve() {
        refuse();
        ShelvedModel next = next();
        List<ShelvedModel> leaving =
                next == null || closed ? List.of() : Eviction.victims(next, known.all(), budget.bytes());
        lend(next, leaving);
        if (working || closed) {
            return;
        }
        List<ShelvedModel> unused = known.all().stream()
                .filter(model -> model.model != null && model.loans == 0 && (model.stale || leaving.contains(model)))
                .toList();
        if (!unused.isEmpty()) {
            free(unused);
        } else if (next == null) {
            fetchAWish();
        } else if (Eviction.fits(next, known.all(), budget.bytes())) {
            load(next);
        } else {
            tellToWait(next);
        }
    }

    private void refuse() {
        for (ModelLoan loan : List.copyOf(waiting)) {
            ShelvedModel model = loan.shelved;
            String problem = closed ? "the server is stopping" : model.problem();
            if (problem != null && !model.isReady() && !model.loading) {
                waiting.remove(loan);
                loan.over = true;
                home.runOnContext(ignored -> loan.refuse(new ModelException(problem)));
            }
        }
    }

    /** Returns the model to load next, or null: who asked first comes first. */
    private @Nullable ShelvedModel next() {
        for (ModelLoan loan : waiting) {
            if (!loan.shelved.isPresent()) {
                return loan.shelved;
            }
        }
        return null;
    }

    /** Whoever waited for a model before the next one was asked for gets it, though it has to go afterwards. */
    private void lend(@Nullable ShelvedModel next, List<ShelvedModel> leaving) {
        boolean before = true;
        for (Iterator<ModelLoan> loans = waiting.iterator(); loans.hasNext(); ) {
            ModelLoan loan = loans.next();
            before &= loan.shelved != next;
            LoadedModel model = loan.shelved.model;
            if (model != null && loan.shelved.isReady() && (before || !leaving.contains(loan.shelved))) {
                loans.remove();
                loan.lent = true;
                loan.shelved.loans++;
                loan.shelved.borrowed = ++count;
                home.runOnContext(ignored -> loan.lend(model));
            }
        }
    }

    private void free(List<ShelvedModel> unused) {
        working = true;
        List<LoadedModel> models = new ArrayList<>();
        for (ShelvedModel model : unused) {
            LOG.info("Model {} leaves the memory", model.name);
            model.leaving = true;
            models.add(model.model);
        }
        hands.free(models).onComplete(ignored -> {
            synchronized (this) {
                for (ShelvedModel model : unused) {
                    model.model = null;
                    model.leaving = false;
                    model.stale = false;
                }
                working = false;
            }
            serve();
        });
    }

    private void load(ShelvedModel model) {
        working = true;
        model.loading = true;
        ModelFiles files = model.files;
        for (ModelLoan loan : waiting) {
            if (loan.shelved == model) {
                tell(loan, LOADING);
            }
        }
        hands.load(model.folder, model.bytes).onComplete(arrival -> {
            synchronized (this) {
                working = false;
                model.loading = false;
                boolean current = model.files.equals(files);
                if (arrival.succeeded()) {
                    model.model = arrival.result().model();
                    model.bytes = arrival.result().bytes();
                    model.borrowed = ++count;
                    model.proven = current;
                    model.stale = !current;
                } else {
                    LOG.warn(
                            "Model {} can't be used: {}",
                            model.name,
                            arrival.cause().getMessage());
                    model.stale = false;
                    // other files than those that failed get their own attempt
                    model.failure = current ? LaneFailure.sentence(arrival.cause()) : null;
                }
            }
            serve();
        });
    }

    private void tellToWait(ShelvedModel model) {
        for (ModelLoan loan : waiting) {
            if (loan.shelved == model && !loan.told) {
                loan.told = true;
                tell(loan, "Waiting for memory for model %s ...");
            }
        }
    }

    private void tell(ModelLoan loan, String sentence) {
        home.runOnContext(ignored -> loan.progress.accept(sentence.formatted(loan.shelved.name)));
    }

    private void fetchAWish() {
        for (Iterator<String> wishes = wished.iterator(); wishes.hasNext(); ) {
            ShelvedModel wish = known.find(wishes.next());
            wishes.remove();
            if (!wish.isPresent() && wish.problem() == null && Eviction.fits(wish, known.all(), budget.bytes())) {
                load(wish);
                return;
            }
        }
    }

    /** Returns the names that tasks are claimed for: all folders, refused ones among them, and what is missing. */
    public synchronized List<String> names() {
        return known.names();
    }

    /** Tells whether there is a folder of that name. */
    public synchronized boolean holds(String name) {
        return known.holds(name);
    }

    /** Returns what a model in memory is like, or null if it is not there. */
    public synchronized @Nullable ModelTraits traits(String name) {
        LoadedModel model = known.find(name).model;
        return model == null ? null : model.traits();
    }

    /** Returns the model of requests that name none, or null if there is no model. */
    public synchronized @Nullable String defaultModel() {
        return known.defaultModel();
    }

    /** Returns what there is. */
    public synchronized Catalogue catalogue() {
        return known.catalogue();
    }

    /** Returns the bytes that the models in memory take. */
    synchronized long memory() {
        return Eviction.used(known.all());
    }

    /** Frees all models; no lane may use one any more. */
    public Future<Void> close() {
        synchronized (this) {
            closed = true;
        }
        serve();
        return hands.close();
    }
}
