package dev.darkroom.trace;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Names for paths: few, whatever clients ask for. */
final class Routes {

    private static final Pattern TASK = Pattern.compile("/tasks/[^/]+");
    private static final Pattern API = Pattern.compile(
            "/v[12]/(engine|engines|generation|tools)(/[a-z0-9_-]+){1,2}" + "|/tasks(/\\{task_id}(/[a-z]+)?)?");
    private static final Pattern FILE = Pattern.compile("/(outputs|inputs)/.+");
    private static final List<String> PROBES = List.of("/health", "/metrics");

    private Routes() {}

    /** Returns the path of a request's target, without its query, which may hold anything. */
    static String path(String target) {
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    /** Tells whether the path is asked for by machines all the time. */
    static boolean isProbe(String path) {
        return PROBES.stream().anyMatch(probe -> path.equals(probe) || path.startsWith(probe + "/"));
    }

    /** Returns the route with its parameters by name, or null for a path that is none of the server's. */
    static @Nullable String of(String path) {
        if (FILE.matcher(path).matches()) {
            return path.substring(0, path.indexOf('/', 1)) + "/{file}";
        }
        String named = TASK.matcher(path).replaceFirst("/tasks/{task_id}");
        return API.matcher(named).matches() ? named : null;
    }
}
