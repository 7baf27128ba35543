package dev.darkroom.store;

import dev.darkroom.bus.StoreMessage.Filter;
import dev.darkroom.bus.StoreMessage.Page;
import dev.darkroom.task.TaskState;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A search as SQL. Ended tasks and others have indexes of their own, so that each kind is walked on its own and the two
 * walks are merged; only ids are walked and sorted, the rows are fetched at the end.
 */
final class SearchStatement {

    /**
     * Ids grow with the time of submission up to the length of a transaction, which a statement time-out of
     * {@link TaskDatabase#STATEMENT_SECONDS} bounds: a range of times lies within the range of ids that begins with the
     * last task from before this margin.
     */
    private static final String MARGIN = "interval '15 seconds'";

    private final Filter filter;
    private final List<Object> parameters = new ArrayList<>();
    private final Set<TaskState> ended = EnumSet.noneOf(TaskState.class);
    private final Set<TaskState> active = EnumSet.noneOf(TaskState.class);

    SearchStatement(Filter filter) {
        this.filter = filter;
        for (TaskState state : filter.states().isEmpty() ? List.of(TaskState.values()) : filter.states()) {
            (state.terminal() ? ended : active).add(state);
        }
    }

    /** Returns a query for {@link TaskRows#COLUMNS}. */
    String rows(Page page) {
        return rows(
                page,
                page.after() == null ? null : parameter(page.after()) + "::bigint",
                // the first page's plan is kept: with a literal, PostgreSQL sees that it suits any parameters
                page.offset() == 0 ? "0" : parameter(page.offset()) + "::bigint");
    }

    /**
     * Returns a query for {@link TaskRows#COLUMNS}.
     *
     * @param page says which way and how many
     * @param after an SQL expression of the id to begin after, or null to begin at an end
     * @param offset an SQL expression of the tasks to leave out from there
     */
    String rows(Page page, @Nullable String after, String offset) {
        String direction = page.newestFirst() ? "DESC" : "ASC";
        String comparison = page.newestFirst() ? "<" : ">";
        String common = conditions() + (after == null ? "" : " AND id " + comparison + " " + after);
        List<String> parts = parts();
        String walks = parts.size() == 1
                ? "SELECT id FROM task WHERE " + parts.get(0) + common
                : parts.stream()
                        .map(part -> "(SELECT id FROM task WHERE %s%s ORDER BY id %s LIMIT %s + %d)"
                                .formatted(part, common, direction, offset, page.limit()))
                        .collect(Collectors.joining(" UNION ALL "));
        // OFFSET 0 has each row looked up by its id, also while the planner takes a full table for an empty one
        return """
                SELECT task.* FROM (SELECT id FROM (%s) AS walk ORDER BY id %s OFFSET %s LIMIT %d) AS page,
                     LATERAL (SELECT %s FROM task WHERE task.id = page.id OFFSET 0) AS task
                ORDER BY page.id %s""".formatted(walks, direction, offset, page.limit(), TaskRows.COLUMNS, direction);
    }

    /**
     * Returns an expression of how many tasks are meant, each kind counted by its own index.
     *
     * @param range an SQL condition of their ids
     */
    String count(String range) {
        String common = conditions();
        return parts().stream()
                .map(part -> "(SELECT count(*) FROM task WHERE %s%s AND %s)".formatted(part, common, range))
                .collect(Collectors.joining(" + "));
    }

    /** Returns the condition of the ended tasks meant, for deleting them. */
    String endedCondition() {
        return (ended.isEmpty() ? "false" : endedPart()) + conditions();
    }

    /** Returns the ended states that are meant. */
    Set<TaskState> ended() {
        return ended;
    }

    /** Tells whether tasks that have not ended are meant, too. */
    boolean meansActive() {
        return !active.isEmpty();
    }

    /** Adds a parameter and returns its placeholder. */
    String parameter(Object value) {
        parameters.add(value instanceof Instant instant ? instant.atOffset(ZoneOffset.UTC) : value);
        return "$" + parameters.size();
    }

    /** Returns the parameters of all that was asked for. */
    Tuple parameters() {
        return Tuple.from(parameters);
    }

    private List<String> parts() {
        List<String> parts = new ArrayList<>();
        boolean everyState = ended.size() + active.size() == TaskState.values().length;
        if (everyState && filter.owner() == null && filter.model() == null) {
            parts.add("true");
            return parts;
        }
        if (!ended.isEmpty()) {
            parts.add(endedPart());
        }
        if (active.size() == 1) {
            parts.add("state = '" + active.iterator().next().column() + "'");
        } else if (!active.isEmpty()) {
            parts.add("finished IS NULL");
        }
        return parts;
    }

    private String endedPart() {
        if (ended.size() == 4) {
            return "finished IS NOT NULL";
        }
        if (ended.size() == 1 && !ended.contains(TaskState.FINISHED)) {
            return "finished IS NOT NULL AND state <> 'finished' AND state = '%s'"
                    .formatted(ended.iterator().next().column());
        }
        return "finished IS NOT NULL AND state IN (%s)"
                .formatted(
                        ended.stream().map(state -> "'" + state.column() + "'").collect(Collectors.joining(", ")));
    }

    private String conditions() {
        StringBuilder conditions = new StringBuilder();
        if (filter.owner() != null) {
            conditions.append(" AND owner = ").append(parameter(filter.owner()));
        }
        if (filter.model() != null) {
            conditions.append(" AND model = ").append(parameter(filter.model()));
        }
        if (filter.promptText() != null) {
            conditions.append(" AND prompt ILIKE ").append(parameter("%" + literal(filter.promptText()) + "%"));
        }
        if (filter.from() != null) {
            String from = parameter(filter.from()) + "::timestamptz";
            conditions.append(
                    " AND submitted >= %s AND id > coalesce((SELECT id FROM task WHERE submitted < %s - %s ORDER BY submitted DESC LIMIT 1), 0)"
                            .formatted(from, from, MARGIN));
        }
        if (filter.until() != null) {
            String until = parameter(filter.until()) + "::timestamptz";
            conditions.append(
                    " AND submitted <= %s AND id < coalesce((SELECT id FROM task WHERE submitted > %s + %s ORDER BY submitted LIMIT 1), 9223372036854775807)"
                            .formatted(until, until, MARGIN));
        }
        return conditions.toString();
    }

    private static String literal(String text) {
        return text.replace("\0", "").replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_");
    }
}
