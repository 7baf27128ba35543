package dev.darkroom.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.StoreMessage.NewTask;
import dev.darkroom.task.TaskId;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class QueueTurnsTest {

    private static final int CAPACITY = 10;

    private long nanos;
    private final QueueTurns turns = new QueueTurns(CAPACITY, () -> nanos);

    private static NewTask task(String prompt) {
        return new NewTask(TaskId.random(), "k", "", 0, "m", prompt, "{}", 1, null);
    }

    private void pass(double seconds) {
        nanos += Math.round(seconds * 1e9);
    }

    @Test
    void thePlaceThatIsFreeIsKeptForWhomItWasPromised() {
        assertThat(turns.admits(task("a"), 0)).isFalse();
        // ten seconds for the place, and what clients and clocks need
        assertThat(turns.refuse(task("a"), places -> 10_000.0 * places)).isEqualTo(12);
        assertThat(turns.refuse(task("b"), places -> 10_000.0 * places)).isEqualTo(23);
        pass(10);
        assertThat(turns.admits(task("newcomer"), 1)).isFalse();
        assertThat(turns.admits(task("a"), 1)).as("much too early").isFalse();
        pass(2);
        assertThat(turns.admits(task("a"), 1)).isTrue();
        assertThat(turns.open()).isEqualTo(1);
        assertThat(turns.admits(task("newcomer"), 1)).isFalse();
        assertThat(turns.admits(task("newcomer"), 2)).isTrue();
    }

    @Test
    void whoDoesNotComeLosesTheTurn() {
        turns.refuse(task("a"), places -> 1_000.0);
        assertThat(turns.admits(task("newcomer"), 1)).isFalse();
        pass(60);
        assertThat(turns.admits(task("newcomer"), 1)).isTrue();
        assertThat(turns.open()).isZero();
    }

    @Test
    void halfOfTheQueueIsEverybodys() {
        for (int i = 0; i < 100; i++) {
            turns.refuse(task("client " + i), places -> 1_000.0 * places);
        }
        assertThat(turns.admits(task("newcomer"), 5)).isFalse();
        assertThat(turns.admits(task("newcomer"), 6)).isTrue();
    }

    @Test
    void aBrokenPromiseIsNextOfAll() {
        for (int i = 0; i < 20; i++) {
            turns.refuse(task("client " + i), places -> 1_000.0 * places);
        }
        pass(4);
        assertThat(turns.admits(task("client 0"), 0)).isFalse();
        assertThat(turns.refuse(task("client 0"), places -> 1_000.0 * places)).isEqualTo(3);
    }

    @Test
    void noMoreAreToldTheSameSecondThanPlacesAreKept() {
        Map<Integer, Integer> told = new HashMap<>();
        for (int i = 0; i < 10 * CAPACITY; i++) {
            told.merge(turns.refuse(task("client " + i), places -> 1.0 * places), 1, Integer::sum);
        }
        assertThat(told.values()).allMatch(clients -> clients <= CAPACITY / 2);
    }

    @Test
    void withoutAnyOutlookItIsSomeSeconds() {
        assertThat(turns.refuse(task("a"), places -> Double.NaN)).isEqualTo(5);
    }

    /**
     * Three clients a second come to a device that does one task a second, and a fifth of those who are refused never
     * come again.
     */
    @Test
    void nineOfTenAreAcceptedWhenTheyComeAsTold() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        int capacity = 20;
        QueueTurns book = new QueueTurns(capacity, () -> nanos);
        record Visit(double time, int client, boolean again) {}
        PriorityQueue<Visit> visits = new PriorityQueue<>((one, other) -> Double.compare(one.time(), other.time()));
        double arrival = 0;
        for (int client = 0; client < 600; client++) {
            arrival += -Math.log(1 - random.nextDouble()) / 3;
            visits.add(new Visit(arrival, client, false));
        }
        int waiting = 0;
        double free = 0;
        int returned = 0;
        int accepted = 0;
        while (!visits.isEmpty()) {
            Visit visit = visits.poll();
            nanos = Math.round(visit.time() * 1e9);
            while (waiting > 0 && free <= visit.time()) {
                waiting--;
                // a task takes a second, a fifth more or less
                free += 0.8 + 0.4 * random.nextDouble();
            }
            NewTask task = task("client " + visit.client());
            boolean in = book.admits(task, capacity - waiting);
            if (visit.again()) {
                returned++;
                accepted += in ? 1 : 0;
            }
            if (in) {
                waiting++;
                free = Math.max(free, visit.time());
                continue;
            }
            double untilFree = Math.max(0, free - visit.time());
            int seconds = book.refuse(task, places -> 1000 * (untilFree + places - 1));
            if (random.nextDouble() >= 0.2) {
                visits.add(new Visit(visit.time() + seconds, visit.client(), true));
            }
        }
        assertThat(returned).isGreaterThan(200);
        System.out.printf("%d came again, %d were accepted%n", returned, accepted);
        assertThat((double) accepted / returned).isGreaterThanOrEqualTo(0.9);
    }
}
