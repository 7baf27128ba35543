package dev.darkroom.http.fooocus;

import dev.darkroom.bus.StoreMessage;
import dev.darkroom.http.ApiException;
import dev.darkroom.http.Detail;
import dev.darkroom.http.RequestReader;
import dev.darkroom.http.Schema;
import dev.darkroom.task.TaskState;
import io.vertx.core.MultiMap;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of {@code /tasks}.
 *
 * @param lists {@code all}, {@code history}, {@code current}, {@code pending}, or a word that asks for nothing
 * @param page from 0
 * @param pageSize records
 * @param after the id behind which to go on, or null
 * @param range submitted between these, all of them, oldest first; or null
 * @param filter for history
 * @param paged page, page_size or after was sent
 * @param delete the range is to be deleted
 */
record HistoryQuery(
        String lists,
        int page,
        int pageSize,
        @Nullable Long after,
        @Nullable Range range,
        StoreMessage.Filter filter,
        boolean paged,
        boolean delete) {

    private static final int WIRE_DIGITS = "YYYY-MM-DDTHH:MM:SS".length();
    private static final int LAST_YEAR = 9999;
    private static final List<TaskState> ENDED =
            List.of(TaskState.FINISHED, TaskState.STOPPED, TaskState.FAILED, TaskState.TIMED_OUT);

    /** Two times, both inclusive. */
    record Range(Instant from, Instant until) {}

    /**
     * Reads a query.
     *
     * @param schemas of its parameters, by name
     * @param owner whose tasks, or null for everybody's
     * @param clock of the server, with its zone
     * @throws ApiException 422 with every mistake
     */
    static HistoryQuery read(MultiMap query, Map<String, Schema> schemas, @Nullable String owner, Clock clock) {
        List<Detail> mistakes = new ArrayList<>();
        Long page = number("page", query, schemas, mistakes);
        Long pageSize = number("page_size", query, schemas, mistakes);
        Long after = number("after", query, schemas, mistakes);
        Instant startAt = wireTime("start_at", query, clock, mistakes);
        Instant endAt = wireTime("end_at", query, clock, mistakes);
        Instant from = instant("from", query, mistakes);
        Instant until = instant("until", query, mistakes);
        List<TaskState> states = states(query, mistakes);
        String model = text("model", query, mistakes);
        String prompt = text("prompt", query, mistakes);
        if (!mistakes.isEmpty()) {
            throw ApiException.invalid(mistakes);
        }
        Instant end = endAt == null ? clock.instant() : endAt;
        Range range = startAt != null && startAt.isBefore(end) ? new Range(startAt, end) : null;
        boolean paged = page != null || pageSize != null || after != null;
        StoreMessage.Filter filter = new StoreMessage.Filter(
                owner,
                states,
                model,
                prompt,
                range == null ? from : later(range.from(), from),
                range == null ? until : earlier(range.until(), until));
        return new HistoryQuery(
                query.get("query") == null ? "all" : query.get("query"),
                page == null ? 0 : page.intValue(),
                pageSize == null ? 10 : pageSize.intValue(),
                after,
                range,
                filter,
                paged,
                "delete".equals(query.get("action")));
    }

    /** Tells whether {@code list} is asked for. */
    boolean wants(String list) {
        return lists.equals("all") || lists.equals(list);
    }

    /** Tells whether history comes whole instead of in pages. */
    boolean whole() {
        return range != null && !paged;
    }

    private static @Nullable Long number(
            String name, MultiMap query, Map<String, Schema> schemas, List<Detail> mistakes) {
        String text = query.get(name);
        if (text == null) {
            return null;
        }
        Object value = RequestReader.read(schemas.get(name), text, List.of("query", name), mistakes);
        return value instanceof Long number ? number : null;
    }

    private static @Nullable String text(String name, MultiMap query, List<Detail> mistakes) {
        String text = query.get(name);
        if (text == null || text.isEmpty()) {
            return null;
        }
        if (text.indexOf('\0') >= 0) {
            mistakes.add(Detail.valueError(List.of("query", name), "the text holds a NUL character", text));
            return null;
        }
        return text;
    }

    private static List<TaskState> states(MultiMap query, List<Detail> mistakes) {
        String text = text("status", query, mistakes);
        if (text == null) {
            return ENDED;
        }
        List<TaskState> states = new ArrayList<>();
        for (String name : text.split(",", -1)) {
            try {
                states.add(TaskState.ofColumn(name.trim()));
            } catch (IllegalArgumentException unknown) {
                mistakes.add(Detail.valueError(
                        List.of("query", "status"),
                        "expected pending, running, finished, stopped, failed or timed_out",
                        name));
            }
        }
        return states;
    }

    /** Reads FooocusAPI's times: the first 19 characters, in the server's zone. */
    private static @Nullable Instant wireTime(String name, MultiMap query, Clock clock, List<Detail> mistakes) {
        String text = text(name, query, mistakes);
        if (text == null) {
            return null;
        }
        try {
            String digits =
                    text.substring(0, Math.min(WIRE_DIGITS, text.length())).replace(' ', 'T');
            LocalDateTime time = LocalDateTime.parse(digits);
            checkYear(time.getYear());
            return time.atZone(clock.getZone()).toInstant();
        } catch (DateTimeException malformed) {
            mistakes.add(
                    Detail.valueError(List.of("query", name), "expected a time such as 2026-11-21T10:15:30", text));
            return null;
        }
    }

    private static @Nullable Instant instant(String name, MultiMap query, List<Detail> mistakes) {
        String text = text(name, query, mistakes);
        if (text == null) {
            return null;
        }
        try {
            // a plus sign that was not escaped arrives as a space
            OffsetDateTime time = OffsetDateTime.parse(text.replace(' ', '+'));
            checkYear(time.getYear());
            return time.toInstant().truncatedTo(ChronoUnit.MICROS);
        } catch (DateTimeException malformed) {
            mistakes.add(
                    Detail.valueError(List.of("query", name), "expected a time such as 2026-11-21T10:15:30Z", text));
            return null;
        }
    }

    private static void checkYear(int year) {
        if (year < 1 || year > LAST_YEAR) {
            throw new DateTimeException("beyond what the database keeps");
        }
    }

    private static Instant later(Instant one, @Nullable Instant other) {
        return other != null && other.isAfter(one) ? other : one;
    }

    private static Instant earlier(Instant one, @Nullable Instant other) {
        return other != null && other.isBefore(one) ? other : one;
    }
}
