package dev.darkroom.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * What is to go wrong, and what must come of it.
 *
 * @param tasks how many are submitted at least
 * @param kills how often a node that holds leases is killed
 * @param stops how often a node that holds leases is stopped for longer than these
 * @param restarts how often the database is restarted
 * @param drains how often a node is asked to end, as in a rolling restart
 * @param cuts how often a node is cut off from the bus
 * @param disks how often a node is killed and its pictures are deleted
 * @param lease of the nodes
 * @param bars what must come of it
 * @param seed of all choices
 */
record ChaosPlan(
        int tasks,
        int kills,
        int stops,
        int restarts,
        int drains,
        int cuts,
        int disks,
        Duration lease,
        Bars bars,
        long seed) {

    /** Tasks that come while a node is cut off from the bus. */
    static final int TASKS_OF_A_CUT = 120;

    private static final Duration LEASE = Duration.ofSeconds(3);

    /** What can go wrong. */
    enum Trouble {
        KILL,
        STOP,
        RESTART,
        DRAIN,
        CUT,
        DISK
    }

    /**
     * What must come of it, beside every task's one end with the right picture.
     *
     * @param resumed images that go on at a step beyond the first
     * @param solvers whether multi-step and SDE samplers must be among these
     * @param refused writes of nodes that had lost their leases
     * @param drain how long a node may take to end
     */
    record Bars(int resumed, boolean solvers, int refused, Duration drain) {}

    /** What fits into the build, where a loaded machine must not fail it. */
    static ChaosPlan small(long seed) {
        return new ChaosPlan(200, 5, 1, 1, 1, 0, 0, LEASE, new Bars(1, false, 1, Duration.ofSeconds(11)), seed);
    }

    /** What the benchmark does. */
    static ChaosPlan whole(long seed) {
        return new ChaosPlan(1000, 20, 5, 2, 3, 1, 1, LEASE, new Bars(10, true, 5, Duration.ofSeconds(5)), seed);
    }

    /** Returns all that goes wrong, in its order. */
    List<Trouble> troubles(Random random) {
        List<Trouble> troubles = new ArrayList<>();
        troubles.addAll(Collections.nCopies(kills, Trouble.KILL));
        troubles.addAll(Collections.nCopies(stops, Trouble.STOP));
        troubles.addAll(Collections.nCopies(restarts, Trouble.RESTART));
        troubles.addAll(Collections.nCopies(drains, Trouble.DRAIN));
        troubles.addAll(Collections.nCopies(cuts, Trouble.CUT));
        troubles.addAll(Collections.nCopies(disks, Trouble.DISK));
        Collections.shuffle(troubles, random);
        return troubles;
    }

    /** Returns how many tasks come with each trouble, so that none of them finds nothing to disturb. */
    int share() {
        return (tasks - cuts * TASKS_OF_A_CUT) / (kills + stops + restarts + drains + cuts + disks);
    }
}
