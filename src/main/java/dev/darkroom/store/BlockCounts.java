package dev.darkroom.store;

import io.vertx.sqlclient.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How many tasks of one kind the blocks of the tally hold, as of one version of it. Blocks that are open have to be
 * counted on the spot, and so has what comes after the last one. Does not change.
 */
final class BlockCounts {

    /** Of no block. */
    static final BlockCounts NONE = new BlockCounts(-1, 0, new int[0]);

    private static final int OPEN = -1;

    private final long version;
    private final long first;
    private final int[] counts;

    /**
     * Where a walk to a page begins.
     *
     * @param bound from the newest, the id behind the first one; from the oldest, the first one
     * @param leftOut tasks in the closed blocks before
     * @param open numbers of the open blocks before
     * @param behindTail what comes after all blocks is before
     * @param inside tasks in the block where the walk begins, if that is closed, or 0
     */
    record Begin(long bound, long leftOut, List<Long> open, boolean behindTail, int inside) {}

    private BlockCounts(long version, long first, int[] counts) {
        this.version = version;
        this.first = first;
        this.counts = counts;
    }

    /** Returns the highest number of a change that is in here, or -1. */
    long version() {
        return version;
    }

    /** Returns the first id behind all blocks. */
    long end() {
        return first + counts.length << HistoryTally.SHIFT;
    }

    /**
     * Returns what these become by changes.
     *
     * @param changes rows of block, whether it is open, count and version: of all blocks that are higher than this version
     */
    BlockCounts with(Iterable<Row> changes) {
        long lowest = counts.length == 0 ? Long.MAX_VALUE : first;
        long end = counts.length == 0 ? Long.MIN_VALUE : first + counts.length;
        long latest = version;
        for (Row row : changes) {
            lowest = Math.min(lowest, row.getLong(0));
            end = Math.max(end, row.getLong(0) + 1);
            latest = Math.max(latest, row.getLong(3));
        }
        if (latest == version) {
            return this;
        }
        int[] changed = new int[Math.toIntExact(end - lowest)];
        Arrays.fill(changed, OPEN);
        System.arraycopy(counts, 0, changed, counts.length == 0 ? 0 : Math.toIntExact(first - lowest), counts.length);
        for (Row row : changes) {
            changed[(int) (row.getLong(0) - lowest)] = row.getBoolean(1) ? OPEN : row.getInteger(2);
        }
        return new BlockCounts(latest, lowest, changed);
    }

    /**
     * Finds where to begin the walk to a page that has {@code offset} tasks before it. With the right number of
     * {@code live} ones the walk is short. It never begins behind the page unless more of what is before its begin turn
     * out to be live, and not again if it is looked for with that number.
     *
     * @param live tasks before the page that are in no closed block
     */
    Begin begin(long offset, long live, boolean newestFirst) {
        if (newestFirst && live > offset) {
            return new Begin(Long.MAX_VALUE, 0, List.of(), false, 0);
        }
        long leftOut = 0;
        List<Long> open = new ArrayList<>();
        int inside = 0;
        int passed = 0;
        for (; passed < counts.length; passed++) {
            int index = newestFirst ? counts.length - 1 - passed : passed;
            int count = counts[index] == OPEN ? 0 : counts[index];
            if (leftOut + count > offset - live) {
                inside = count;
                break;
            }
            leftOut += count;
            if (counts[index] == OPEN) {
                open.add(first + index);
            }
        }
        long bound = newestFirst ? first + counts.length - passed : first + passed;
        return new Begin(bound << HistoryTally.SHIFT, leftOut, open, newestFirst, inside);
    }
}
