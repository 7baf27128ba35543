package dev.darkroom.store;

import dev.darkroom.bus.StoreMessage.NewTask;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Who was refused by the full queue and told when to come again. Each refused client gets the time at which a place will
 * be free behind all who were refused before; the places that become free are kept for them, so that a newcomer does
 * not take what was promised. A client is known again by its owner and what it asks for, or its idempotency key. A
 * promise that nobody redeems lapses, and never more than half of the queue is kept. For one event loop.
 */
final class QueueTurns {

    /** How long, at least, a place is kept for who does not come. */
    private static final long GRACE_MILLIS = 10_000;

    /** Who comes this much too early is taken as having come in time: clients count in whole seconds. */
    private static final long EARLY_MILLIS = 1_000;

    /** A promise is kept rather late than early. */
    private static final double MARGIN = 1.1;

    private static final double MARGIN_MILLIS = 1_000;

    /** When nothing is known of devices or models. */
    private static final double UNKNOWN_MILLIS = 5_000;

    private static final int MOST_TURNS = 100_000;

    private final int capacity;
    private final LongSupplier nanoTime;
    private final Map<Client, Deque<Turn>> byClient = new HashMap<>();
    private final Deque<Turn> inOrder = new ArrayDeque<>();
    private final Map<Long, Integer> dueBySecond = new HashMap<>();
    private int open;

    private record Client(String owner, String asked) {
        static Client of(NewTask task) {
            return new Client(
                    task.owner(),
                    task.idempotencyKey() != null
                            ? "key " + task.idempotencyKey()
                            : task.model() + ' ' + task.images() + ' ' + task.prompt());
        }
    }

    private static final class Turn {
        final Client client;
        long due;
        long lapses;
        boolean over;

        Turn(Client client) {
            this.client = client;
        }
    }

    /** Says how long it takes until so many places will have become free, in milliseconds; NaN if that is not known. */
    interface Outlook {
        double millisUntilFree(int places);
    }

    /**
     * @param capacity of the queue
     * @param nanoTime such as {@link System#nanoTime}
     */
    QueueTurns(int capacity, LongSupplier nanoTime) {
        this.capacity = capacity;
        this.nanoTime = nanoTime;
    }

    /** Returns how many promises are open. */
    int open() {
        lapse(now());
        return open;
    }

    private long now() {
        return nanoTime.getAsLong() / 1_000_000;
    }

    /**
     * Tells whether a task may come in.
     *
     * @param free places in the queue
     */
    boolean admits(NewTask task, int free) {
        long now = now();
        lapse(now);
        if (open == 0) {
            return free > 0;
        }
        Turn turn = dueTurn(Client.of(task), now);
        if (turn != null && free > 0) {
            end(turn);
            return true;
        }
        return turn == null && free > Math.min(open, capacity / 2);
    }

    private @Nullable Turn dueTurn(Client client, long now) {
        Deque<Turn> turns = byClient.get(client);
        Turn first = turns == null ? null : turns.peek();
        return first != null && first.due - EARLY_MILLIS <= now ? first : null;
    }

    /** Gives who was refused a turn, and returns the whole seconds until then. */
    int refuse(NewTask task, Outlook outlook) {
        long now = now();
        Client client = Client.of(task);
        Turn broken = dueTurn(client, now);
        if (broken != null) {
            // what was promised did not come true: next of all, and soon
            end(broken);
        }
        int before = broken == null ? open : 0;
        double millis = outlook.millisUntilFree(before + 1);
        long wait = Math.round(Double.isNaN(millis) ? UNKNOWN_MILLIS : MARGIN * millis + MARGIN_MILLIS);
        long seconds = Math.max(1, (wait + 999) / 1000);
        // all who are told the same second come at the same moment, and no more places are kept for them
        while (dueWithin(now + 1000 * seconds) >= Math.max(1, capacity / 2)) {
            seconds++;
        }
        if (open < MOST_TURNS) {
            Turn turn = new Turn(client);
            turn.due = now + 1000 * seconds;
            turn.lapses = turn.due + Math.max(GRACE_MILLIS, 200 * seconds);
            dueBySecond.merge(second(turn.due), 1, Integer::sum);
            byClient.computeIfAbsent(client, key -> new ArrayDeque<>()).add(turn);
            inOrder.add(turn);
            open++;
        }
        return (int) Math.min(Integer.MAX_VALUE, seconds);
    }

    private static long second(long due) {
        return Math.round(due / 1000.0);
    }

    /** Returns how many turns are due in about the same second. */
    private int dueWithin(long due) {
        return dueBySecond.getOrDefault(second(due), 0);
    }

    private void end(Turn turn) {
        turn.over = true;
        open--;
        dueBySecond.computeIfPresent(second(turn.due), (second, turns) -> turns == 1 ? null : turns - 1);
        Deque<Turn> turns = byClient.get(turn.client);
        turns.remove(turn);
        if (turns.isEmpty()) {
            byClient.remove(turn.client);
        }
    }

    private void lapse(long now) {
        for (Iterator<Turn> turns = inOrder.iterator(); turns.hasNext(); ) {
            Turn turn = turns.next();
            if (!turn.over && turn.lapses > now) {
                // later ones lapse later, but for a few
                return;
            }
            if (!turn.over) {
                end(turn);
            }
            turns.remove();
        }
    }
}
