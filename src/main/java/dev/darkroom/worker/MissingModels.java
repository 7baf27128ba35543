package dev.darkroom.worker;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.StoreMessage.Filter;
import dev.darkroom.bus.StoreMessage.Page;
import dev.darkroom.bus.StoreMessage.Rows;
import dev.darkroom.bus.StoreMessage.Search;
import dev.darkroom.bus.TaskRow;
import dev.darkroom.task.TaskState;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the models that waiting tasks name, so that none waits for a model which is gone since the last start. */
final class MissingModels {

    private static final Logger LOG = LoggerFactory.getLogger(MissingModels.class);
    private static final int PAGE = 500;
    private static final Filter WAITING = new Filter(null, List.of(TaskState.PENDING), null, null, null, null);

    private final Vertx vertx;

    MissingModels(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Gives the names; none if the store does not answer. */
    Future<Set<String>> waitedFor() {
        Set<String> names = new TreeSet<>();
        return read(names, null)
                .onFailure(failure -> LOG.warn("What models tasks wait for can't be found out", failure))
                .otherwiseEmpty()
                .map(ignored -> names);
    }

    private Future<Void> read(Set<String> names, @Nullable Long after) {
        return vertx.eventBus()
                .<Rows>request(Addresses.STORE, new Search(WAITING, new Page(after, 0, PAGE, false)))
                .compose(reply -> {
                    List<TaskRow> rows = reply.body().rows();
                    rows.forEach(row -> names.add(row.model()));
                    return rows.size() < PAGE
                            ? Future.succeededFuture()
                            : read(names, rows.get(rows.size() - 1).id());
                });
    }
}
