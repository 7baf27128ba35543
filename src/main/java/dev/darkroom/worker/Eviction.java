package dev.darkroom.worker;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/** Chooses which models leave the memory so that another one fits. */
final class Eviction {

    /** Those that nobody uses go first, and of these the one that was borrowed longest ago. */
    private static final Comparator<ShelvedModel> FIRST_TO_GO =
            Comparator.comparing((ShelvedModel model) -> model.loans > 0).thenComparingLong(model -> model.borrowed);

    private Eviction() {}

    /** Returns the bytes that the models in memory take together. */
    static long used(Collection<ShelvedModel> all) {
        return all.stream()
                .filter(ShelvedModel::isPresent)
                .mapToLong(model -> model.bytes)
                .sum();
    }

    /** Tells whether {@code wanted} fits beside what is in memory; alone, any model does. */
    static boolean fits(ShelvedModel wanted, Collection<ShelvedModel> all, long budget) {
        long used = used(all);
        return used == 0 || used + wanted.bytes <= budget;
    }

    /** Returns the models in memory that must go for {@code wanted}; none if it fits once those are gone that go anyway. */
    static List<ShelvedModel> victims(ShelvedModel wanted, Collection<ShelvedModel> all, long budget) {
        long left = used(
                all.stream().filter(model -> !model.stale && !model.leaving).toList());
        List<ShelvedModel> victims = new ArrayList<>();
        for (ShelvedModel candidate :
                all.stream().filter(ShelvedModel::isReady).sorted(FIRST_TO_GO).toList()) {
            if (left == 0 || left + wanted.bytes <= budget) {
                break;
            }
            victims.add(candidate);
            left -= candidate.bytes;
        }
        return victims;
    }
}
