package dev.darkroom.store;

import dev.darkroom.bus.TaskNotice;
import dev.darkroom.task.TaskId;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What the devices said that they still have to do, less the time since. Safe from any thread. */
final class DeviceLoads {

    /** A device that says nothing for so long is gone: it speaks every two seconds, unless one call takes longer. */
    private static final long SILENT_MILLIS = 120_000;

    private final LongSupplier nanoTime;
    private final Map<UUID, Heard> devices = new HashMap<>();

    private record Heard(TaskNotice.Load load, long at) {}

    /** @param nanoTime such as {@link System#nanoTime} */
    DeviceLoads(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Takes a device's word. */
    synchronized void heard(TaskNotice.Load load) {
        if (load.millisLeft() == TaskNotice.Load.GONE) {
            devices.remove(load.device());
        } else {
            devices.put(load.device(), new Heard(load, nanoTime.getAsLong()));
        }
    }

    /** Returns for each device the milliseconds until it is free; empty if none is known. */
    synchronized double[] untilFree() {
        long now = nanoTime.getAsLong();
        devices.values().removeIf(heard -> millis(now - heard.at()) > SILENT_MILLIS);
        return devices.values().stream()
                .mapToDouble(heard -> Math.max(0, heard.load().millisLeft() - millis(now - heard.at())))
                .toArray();
    }

    /** Returns the milliseconds until a claimed task ends, or null if no device named it. */
    synchronized @Nullable Long left(TaskId task) {
        long now = nanoTime.getAsLong();
        for (Heard heard : devices.values()) {
            for (TaskNotice.TaskLeft one : heard.load().tasks()) {
                if (one.taskId().equals(task)) {
                    return Math.max(0, one.millisLeft() - millis(now - heard.at()));
                }
            }
        }
        return null;
    }

    private static long millis(long nanos) {
        return nanos / 1_000_000;
    }
}
