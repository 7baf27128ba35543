package dev.darkroom.model;

/**
 * How much memory loaded models may take together, and what one of them takes.
 *
 * @param bytes at most; a single model that is larger may still be loaded, alone
 * @param memory where they live
 */
public record MemoryBudget(long bytes, DeviceMemory memory) {

    /** Sessions hold more than their weights: arenas, kernels, weights arranged anew for the processor. */
    private static final double OVERHEAD = 1.2;

    private static final long LEAST = 16L << 20;
    private static final long UNKNOWN_MACHINE = 8L << 30;

    /** A measurement that is further off than this measured something else as well. */
    private static final double PLAUSIBLE = 4;

    /**
     * Returns the budget that applies.
     *
     * @param setting {@code models.memory-budget} in bytes, or 0 for the device's usual share
     */
    public static MemoryBudget of(long setting, DeviceMemory memory) {
        if (setting > 0) {
            return new MemoryBudget(setting, memory);
        }
        long total = memory.total();
        return new MemoryBudget(total > 0 ? (long) (total * memory.usualShare()) : UNKNOWN_MACHINE, memory);
    }

    /** Returns what a model will probably take. */
    public long estimate(ModelFiles files) {
        return LEAST + (long) (files.weights() * OVERHEAD);
    }

    /** Returns what a model takes, after the device's memory in use grew by so many bytes while it was loaded. */
    public long corrected(long estimate, long grown) {
        if (grown <= 0) {
            return estimate;
        }
        return (long) Math.max(estimate / PLAUSIBLE, Math.min(grown, estimate * PLAUSIBLE));
    }
}
