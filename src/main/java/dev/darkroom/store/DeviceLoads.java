package dev.darkroom.store;

import dev.darkroom.bus.TaskNotice;
import dev.darkroom.forecast.DeviceWork;
import dev.darkroom.forecast.Forecast;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.LongSupplier;

/** What the devices said of themselves. Safe from any thread. */
final class DeviceLoads {

    /** A device that says nothing for so long is gone: it speaks every two seconds, unless one call takes longer. */
    private static final long SILENT_MILLIS = 120_000;

    private final LongSupplier nanoTime;
    private final Map<UUID, Heard> devices = new HashMap<>();

    private record Heard(DeviceWork work, long at) {}

    /** @param nanoTime such as {@link System#nanoTime} */
    DeviceLoads(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Takes a device's word; returns whether it has come or gone with it. */
    synchronized boolean heard(TaskNotice.Load load) {
        DeviceWork work = load.work();
        return work == null
                ? devices.remove(load.device()) != null
                : devices.put(load.device(), new Heard(work, nanoTime.getAsLong())) == null;
    }

    /** Returns what is known of each device. */
    synchronized List<Forecast.Heard> heard() {
        long now = nanoTime.getAsLong();
        devices.values().removeIf(heard -> millis(now - heard.at()) > SILENT_MILLIS);
        return devices.values().stream()
                .map(heard -> new Forecast.Heard(heard.work(), millis(now - heard.at())))
                .toList();
    }

    private static double millis(long nanos) {
        return nanos / 1e6;
    }
}
