package dev.darkroom.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What came of it.
 *
 * @param plan what was wanted
 * @param tasks submitted ones; more than planned if work ran out
 * @param finished tasks that ended as they should
 * @param endedTwice tasks whose rows ended more than once
 * @param missing finished tasks whose picture no node has
 * @param different finished tasks whose picture is not that of an undisturbed run
 * @param logs what the nodes said
 * @param streams that were followed, on one node after another
 * @param reattached those that went on at another node
 * @param blind tasks whose streams did not see the end
 * @param drainMillis how long nodes took that were asked to end
 * @param cuts what was seen on nodes that were cut off from the bus
 * @param picturesDeleted pictures that were deleted with their disk
 * @param seconds from the first submission to the last end
 */
record ChaosReport(
        ChaosPlan plan,
        int tasks,
        int finished,
        long endedTwice,
        Map<String, ChaosWork.Kind> missing,
        Map<String, ChaosWork.Kind> different,
        NodeLogs.Account logs,
        int streams,
        int reattached,
        List<String> blind,
        List<Long> drainMillis,
        List<BusCut.Outcome> cuts,
        int picturesDeleted,
        double seconds) {

    private static final Duration WHOLE_AFTER = Duration.ofMinutes(1);
    private static final int ENDS_DURING = 5;

    /** One promise, and whether it was kept. */
    record Bar(String promise, String measured, boolean holds) {}

    List<Bar> bars() {
        List<Bar> bars = new ArrayList<>();
        bars.add(new Bar("every task finishes", "%d of %d".formatted(finished, tasks), finished == tasks));
        bars.add(new Bar("no task ends twice", Long.toString(endedTwice), endedTwice == 0));
        bars.add(new Bar("no picture is missing", Integer.toString(missing.size()), missing.isEmpty()));
        bars.add(new Bar(
                "every picture is that of the undisturbed run", different.size() + " differ", different.isEmpty()));
        bars.add(new Bar(
                "at least %d images went on at a step beyond the first%s"
                        .formatted(
                                plan.bars().resumed(),
                                plan.bars().solvers() ? ", of multi-step and of SDE samplers too" : ""),
                "%d: %s".formatted(logs.resumed(), String.join(", ", logs.samplers())),
                logs.resumed() >= plan.bars().resumed()
                        && (!plan.bars().solvers()
                                || logs.samplers().stream().anyMatch(ChaosWork.Kind::isMultiStep)
                                        && logs.samplers().stream().anyMatch(ChaosWork.Kind::isNoisy))));
        bars.add(new Bar(
                "every stream saw the end, re-attached ones among them",
                "%d of %d, %d re-attached".formatted(streams - blind.size(), streams, reattached),
                blind.isEmpty() && reattached > 0));
        bars.add(new Bar(
                "at least %d writes of nodes without their leases were refused"
                        .formatted(plan.bars().refused()),
                "%d: %d renewals, %d ends".formatted(logs.refused(), logs.notProlonged(), logs.notCompleted()),
                logs.refused() >= plan.bars().refused()));
        bars.add(new Bar(
                "a node is drained in less than %d s"
                        .formatted(plan.bars().drain().toSeconds()),
                drainMillis.stream().map(Object::toString).collect(Collectors.joining(", ")) + " ms",
                drainMillis.stream()
                        .allMatch(millis -> millis < plan.bars().drain().toMillis())));
        bars.add(new Bar(
                "no node meets an exception that nobody handles",
                logs.unhandled().size() + String.join("\n", logs.unhandled()),
                logs.unhandled().isEmpty()));
        for (BusCut.Outcome cut : cuts) {
            bars.add(new Bar(
                    "a node cut off from the bus sees the ends of the others' tasks in their rows",
                    "%d of %d, %d before the cut was over".formatted(cut.ends(), cut.watched(), cut.endsDuring()),
                    cut.ends() == cut.watched() && cut.endsDuring() >= ENDS_DURING));
            bars.add(new Bar(
                    "the bus is whole again within a minute and carries progress",
                    "it had %s; whole after %.1f s, progress of %d of %d tasks"
                            .formatted(
                                    cut.apart() ? "split" : "not split yet",
                                    cut.wholeAfter().toMillis() / 1000.0,
                                    cut.progressAfter(),
                                    cut.watchedAfter()),
                    cut.wholeAfter().compareTo(WHOLE_AFTER) <= 0
                            && cut.watchedAfter() > 0
                            && cut.progressAfter() == cut.watchedAfter()));
        }
        return bars;
    }

    /** Returns it for people. */
    String table() {
        StringBuilder table = new StringBuilder("""
                %d tasks in %.0f s; %d kills, %d stops beyond the lease, %d database restarts, %d drains, %d cuts of the \
                bus, %d disks taken away with %d pictures.

                | promise | measured | kept |
                |---|---|---|
                """.formatted(
                        tasks,
                        seconds,
                        plan.kills(),
                        plan.stops(),
                        plan.restarts(),
                        plan.drains(),
                        plan.cuts(),
                        plan.disks(),
                        picturesDeleted));
        for (Bar bar : bars()) {
            table.append("| %s | %s | %s |\n".formatted(bar.promise(), bar.measured(), bar.holds() ? "yes" : "**no**"));
        }
        missing.forEach((task, kind) -> table.append("missing: %s %s\n".formatted(task, kind)));
        different.forEach((task, kind) -> table.append("different: %s %s\n".formatted(task, kind)));
        blind.forEach(task -> table.append("end not seen: %s\n".formatted(task)));
        return table.toString();
    }
}
