package dev.darkroom.chaos;

import java.time.Duration;

/**
 * What is to go wrong.
 *
 * @param tasks how many are submitted
 * @param kills how often a node that holds leases is killed
 * @param stops how often a node that holds leases is stopped for longer than its leases
 * @param restarts how often the database is restarted
 * @param drains how often a node is asked to end, as in a rolling restart
 * @param lease of the nodes
 * @param seed of all choices
 */
record ChaosPlan(int tasks, int kills, int stops, int restarts, int drains, Duration lease, long seed) {

    /** What fits into the build. */
    static ChaosPlan small(long seed) {
        return new ChaosPlan(200, 5, 1, 1, 1, Duration.ofSeconds(3), seed);
    }

    /** What the benchmark does. */
    static ChaosPlan whole(long seed) {
        return new ChaosPlan(1000, 20, 5, 2, 3, Duration.ofSeconds(3), seed);
    }
}
