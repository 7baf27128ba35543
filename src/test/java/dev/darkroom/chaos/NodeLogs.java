package dev.darkroom.chaos;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the nodes said of themselves. */
final class NodeLogs {

    private static final Pattern RESUMED = Pattern.compile("Image \\d+ of task (\\w+) goes on at step (\\d+) of \\d+");
    private static final Pattern NOT_PROLONGED = Pattern.compile("The lease of task \\w+ is lost");
    private static final Pattern NOT_COMPLETED = Pattern.compile("belongs to another worker");

    private static final String UNHANDLED = "Unhandled exception";

    private NodeLogs() {}

    /**
     * What is of interest in them.
     *
     * @param resumed images that went on at a step beyond the first
     * @param samplers the samplers of those
     * @param notProlonged leases that a node wanted to prolong and had lost
     * @param notCompleted ends that a node wanted to write without its lease
     * @param unhandled exceptions that came back to Vert.x
     */
    record Account(int resumed, Set<String> samplers, int notProlonged, int notCompleted, int unhandled) {

        /** Returns how often a node without a lease was refused. */
        int refused() {
            return notProlonged + notCompleted;
        }
    }

    static Account read(List<NodeProcess> nodes, Map<String, ChaosWork.Kind> tasks) throws IOException {
        int resumed = 0;
        int notProlonged = 0;
        int notCompleted = 0;
        int unhandled = 0;
        Set<String> samplers = new TreeSet<>();
        for (NodeProcess node : nodes) {
            for (String line : node.lines()) {
                Matcher goesOn = RESUMED.matcher(line);
                if (goesOn.find() && !goesOn.group(2).equals("0") && tasks.containsKey(goesOn.group(1))) {
                    resumed++;
                    samplers.add(tasks.get(goesOn.group(1)).sampler());
                }
                notProlonged += NOT_PROLONGED.matcher(line).find() ? 1 : 0;
                unhandled += line.contains(UNHANDLED) ? 1 : 0;
                notCompleted += NOT_COMPLETED.matcher(line).find() ? 1 : 0;
            }
        }
        return new Account(resumed, samplers, notProlonged, notCompleted, unhandled);
    }
}
