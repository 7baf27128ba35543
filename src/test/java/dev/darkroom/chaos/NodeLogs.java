package dev.darkroom.chaos;

import java.io.IOException;
import java.util.ArrayList;
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

    private static final int LINES_OF_A_TRACE = 40;

    private NodeLogs() {}

    /**
     * What is of interest in them.
     *
     * @param resumed images that went on at a step beyond the first
     * @param samplers the samplers of those
     * @param notProlonged leases that a node wanted to prolong and had lost
     * @param notCompleted ends that a node wanted to write without its lease
     * @param unhandled exceptions that came back to Vert.x, each with the lines that follow it
     */
    record Account(int resumed, Set<String> samplers, int notProlonged, int notCompleted, List<String> unhandled) {

        /** Returns how often a node without a lease was refused. */
        int refused() {
            return notProlonged + notCompleted;
        }
    }

    static Account read(List<NodeProcess> nodes, Map<String, ChaosWork.Kind> tasks) throws IOException {
        int resumed = 0;
        int notProlonged = 0;
        int notCompleted = 0;
        List<String> unhandled = new ArrayList<>();
        Set<String> samplers = new TreeSet<>();
        for (NodeProcess node : nodes) {
            List<String> lines = node.lines();
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                Matcher goesOn = RESUMED.matcher(line);
                if (goesOn.find() && !goesOn.group(2).equals("0") && tasks.containsKey(goesOn.group(1))) {
                    resumed++;
                    samplers.add(tasks.get(goesOn.group(1)).sampler());
                }
                notProlonged += NOT_PROLONGED.matcher(line).find() ? 1 : 0;
                if (line.contains(UNHANDLED)) {
                    unhandled.add(String.join("\n", lines.subList(i, Math.min(lines.size(), i + LINES_OF_A_TRACE))));
                }
                notCompleted += NOT_COMPLETED.matcher(line).find() ? 1 : 0;
            }
        }
        return new Account(resumed, samplers, notProlonged, notCompleted, unhandled);
    }
}
