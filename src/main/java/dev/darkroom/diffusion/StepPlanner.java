package dev.darkroom.diffusion;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Chooses who shares the next model call. The highest priority leads, and within it the lowest
 * {@link Contender#urgency}; whoever can share the leader's call joins it in that order, up to the number of rows from
 * which on the device does not get faster ({@link LatencyCurve#cap}). So a higher priority displaces others from one call
 * to the next, and those go on later where they were. One thread at a time.
 */
public final class StepPlanner {

    /** Leaving somebody out until the next call must gain more than this, or the call is filled up instead. */
    private static final double WORTH_WAITING = 1.1;

    /**
     * Of so many calls one tries more rows, since what was measured once may have changed: the size above and the one
     * twice as large in turns.
     */
    private static final int TRIED_ANEW = 64;

    /** Milliseconds of waiting that weigh as much as a millisecond less to do. */
    private static final double AGEING = 4;

    private static final Comparator<Contender> ORDER =
            Comparator.comparingInt(Contender::priority).reversed().thenComparingDouble(Contender::urgency);

    /**
     * One model call.
     *
     * @param members in the order of their rows
     * @param size rows of the call, at least those that the members take; the rest fills it up to a size that the device
     *     knows
     * @param passing whether the next call may differ though nobody came or went: somebody was left out for once, or was
     *     the last time, or more rows are tried
     */
    public record Plan<C>(List<C> members, int size, boolean passing) {}

    private final int mostRows;
    private final Set<Contender> leftOut = new HashSet<>();
    private int planned;

    /** @param mostRows of a call */
    public StepPlanner(int mostRows) {
        this.mostRows = mostRows;
    }

    /**
     * Returns an urgency: the shortest remainder goes first, with ageing. Whoever waits comes nearer to the front all the
     * time, so that only a bounded number of those who come later can overtake it.
     *
     * @param millisLeft of the device that its task still needs
     * @param waitedNanos how long calls took that others had without it
     */
    public static double urgency(double millisLeft, long waitedNanos) {
        return millisLeft - waitedNanos / 1e6 / AGEING;
    }

    /**
     * Plans one call.
     *
     * @param contenders at least one; brought into order
     * @param curves what is known of a contender's calls
     * @param nanoTime now
     */
    public <C extends Contender> Plan<C> plan(
            List<C> contenders, Function<? super C, LatencyCurve> curves, long nanoTime) {
        contenders.sort(ORDER);
        C leader = contenders.get(0);
        LatencyCurve curve = curves.apply(leader);
        int usual = Math.max(curve.cap(leader.modelRows(), mostRows, nanoTime), leader.modelRows());
        int cap = usual;
        if (++planned % TRIED_ANEW == 0) {
            int more = planned / TRIED_ANEW % 2 == 0 ? usual : leader.modelRows();
            int allowed = BatchSizes.atMost(Math.min(mostRows, curve.limit(nanoTime)));
            cap = Math.max(usual, Math.min(BatchSizes.atLeast(usual + more), allowed));
        }
        List<C> members = new ArrayList<>(Math.min(cap, contenders.size()));
        int rows = 0;
        for (C contender : contenders) {
            if (rows + contender.modelRows() <= cap && contender.company().equals(leader.company())) {
                members.add(contender);
                rows += contender.modelRows();
            }
        }
        int size = Math.min(BatchSizes.atLeast(rows), Math.max(rows, cap));
        int fewer = size == rows ? 0 : trimmed(members, rows);
        boolean worth =
                fewer > 0 && rate(curve, fewer, BatchSizes.atLeast(fewer)) > WORTH_WAITING * rate(curve, rows, size);
        if (worth && leaveOut(members, rows, fewer)) {
            size = BatchSizes.atLeast(fewer);
        }
        leftOut.retainAll(contenders);
        leftOut.removeAll(members);
        // what the memory does not bear is made in several calls
        return new Plan<>(members, Math.min(size, curve.limit(nanoTime)), worth || rows > usual);
    }

    /** Takes the last members out of a call; not if one of them was left out the last time, so that nobody is for long. */
    private boolean leaveOut(List<? extends Contender> members, int rows, int fewer) {
        int kept = members.size();
        for (int left = rows; left > fewer; ) {
            left -= members.get(--kept).modelRows();
        }
        List<? extends Contender> last = members.subList(kept, members.size());
        if (!Collections.disjoint(leftOut, last)) {
            return false;
        }
        leftOut.addAll(last);
        last.clear();
        return true;
    }

    /** Returns the rows of the first members that fit the size below, or 0 if not even the first does. */
    private static int trimmed(List<? extends Contender> members, int rows) {
        int below = BatchSizes.atMost(rows);
        int fitting = 0;
        for (Contender member : members) {
            if (fitting + member.modelRows() > below) {
                break;
            }
            fitting += member.modelRows();
        }
        return fitting;
    }

    /** Returns the wanted rows per millisecond. */
    private static double rate(LatencyCurve curve, int rows, int size) {
        return rows / curve.millis(size);
    }
}
