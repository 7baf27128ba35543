package dev.darkroom.chaos;

import java.util.List;
import java.util.Set;

/**
 * What came of it.
 *
 * @param finished tasks that ended as they should
 * @param endedTwice tasks whose rows ended more than once
 * @param different tasks whose picture is missing, or is not that of an undisturbed run
 * @param resumed images that went on at a step beyond the first
 * @param resumedSamplers the samplers of those
 * @param refused writes of nodes that had lost their leases, as these noticed
 * @param streams that were followed, on one node after another
 * @param streamsEnded those that saw the end
 * @param drainMillis how long nodes took that were asked to end
 * @param seconds from the first submission to the last end
 */
record ChaosReport(
        ChaosPlan plan,
        int finished,
        int endedTwice,
        List<String> different,
        int resumed,
        Set<String> resumedSamplers,
        int refused,
        int streams,
        int streamsEnded,
        List<Long> drainMillis,
        double seconds) {

    /** Returns it for people. */
    String table() {
        return """
                | What happened | How often |
                |---|---|
                | tasks submitted | %d |
                | nodes killed while they held leases | %d |
                | nodes stopped for longer than their leases | %d |
                | database restarts | %d |
                | nodes drained, ms each | %s |
                | tasks finished | %d |
                | tasks that ended twice | %d |
                | pictures missing or unlike the undisturbed run's | %d |
                | images that went on at a step beyond the first | %d (%s) |
                | writes of nodes without a lease, refused | %d |
                | streams followed from node to node; those that saw the end | %d; %d |
                | seconds | %.1f |
                """.formatted(
                        plan.tasks(),
                        plan.kills(),
                        plan.stops(),
                        plan.restarts(),
                        drainMillis,
                        finished,
                        endedTwice,
                        different.size(),
                        resumed,
                        String.join(", ", resumedSamplers),
                        refused,
                        streams,
                        streamsEnded,
                        seconds);
    }
}
