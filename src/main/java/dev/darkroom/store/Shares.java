package dev.darkroom.store;

import java.util.Map;
import java.util.stream.Collectors;

/**
 * What owners of tasks are entitled to.
 *
 * @param byOwner whoever is missing has {@link Share#USUAL}
 */
public record Shares(Map<String, Share> byOwner) {

    /** Nobody is told from anybody else. */
    public static final Shares NONE = new Shares(Map.of());

    /**
     * An owner's part of the devices.
     *
     * @param weight against the others' while both have tasks waiting; 1 is usual
     * @param maxRunning tasks that may run at once on all nodes, 0 for no bound
     */
    public record Share(double weight, int maxRunning) {

        /** What everybody has. */
        public static final Share USUAL = new Share(1, 0);
    }

    public Shares {
        byOwner = Map.copyOf(byOwner);
    }

    /** Tells whether there are several owners, between whom devices are to be shared. */
    boolean counted() {
        return byOwner.size() > 1;
    }

    double weight(String owner) {
        return byOwner.getOrDefault(owner, Share.USUAL).weight();
    }

    /** Returns the owners that have a bound of their own on running tasks. */
    Map<String, Integer> bounded() {
        return byOwner.entrySet().stream()
                .filter(entry -> entry.getValue().maxRunning() > 0)
                .collect(Collectors.toUnmodifiableMap(
                        Map.Entry::getKey, entry -> entry.getValue().maxRunning()));
    }
}
