package dev.darkroom.worker;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.NodeEventHub;
import dev.darkroom.bus.NodeMessage;
import dev.darkroom.bus.StoreMessage.HeldLease;
import dev.darkroom.bus.StoreMessage.Lease;
import dev.darkroom.bus.StoreMessage.Renew;
import dev.darkroom.bus.StoreMessage.Renewed;
import dev.darkroom.task.TaskId;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.DeliveryOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands beside a lane on an event loop, so that it acts while the lane is within a call: prolongs the lane's leases, all
 * in one message every third of their length, and hears which tasks are to stop, be it by a message or with a lease. It
 * prolongs nothing while the lane is stuck, so that other nodes may take its tasks.
 */
final class LeaseKeeper extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(LeaseKeeper.class);

    private final NodeEventHub hub;
    private final Duration lease;
    private final TurnClock turns;
    private final Map<TaskId, Integer> held;
    private final Consumer<Lease> lost;
    private final Consumer<TaskId> stopped;
    private final Runnable ending;
    private @Nullable Runnable endControl;

    /**
     * @param held attempts by task; a concurrent map that the lane changes
     * @param lost takes leases that hold no more; called on an event loop
     * @param stopped takes tasks that are asked to stop; called on an event loop
     * @param ending called on an event loop when the lane is about to be stopped, which waits for its call in flight
     */
    LeaseKeeper(
            NodeEventHub hub,
            Duration lease,
            TurnClock turns,
            Map<TaskId, Integer> held,
            Consumer<Lease> lost,
            Consumer<TaskId> stopped,
            Runnable ending) {
        this.hub = hub;
        this.lease = lease;
        this.turns = turns;
        this.held = held;
        this.lost = lost;
        this.stopped = stopped;
        this.ending = ending;
    }

    @Override
    public Future<?> start() {
        endControl = hub.onControl(message -> {
            if (message instanceof NodeMessage.Stop stop) {
                stopped.accept(stop.taskId());
            }
        });
        vertx.setPeriodic(lease.toMillis() / 3, ignored -> renew());
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        ending.run();
        if (endControl != null) {
            endControl.run();
        }
        return Future.succeededFuture();
    }

    private void renew() {
        if (held.isEmpty()) {
            return;
        }
        if (turns.isStuck()) {
            LOG.error("The device does not answer; the leases of {} tasks are not prolonged", held.size());
            return;
        }
        List<Lease> leases = new ArrayList<>();
        held.forEach((task, attempt) -> leases.add(new Lease(task, attempt)));
        vertx.eventBus()
                .<Renewed>request(
                        Addresses.STORE,
                        new Renew(hub.node(), leases, lease),
                        new DeliveryOptions().setSendTimeout(lease.toMillis() / 3))
                .onSuccess(reply -> compare(leases, reply.body()))
                .onFailure(failure -> LOG.warn("Leases can't be prolonged: {}", failure.getMessage()));
    }

    private void compare(List<Lease> asked, Renewed renewed) {
        Map<Lease, HeldLease> answers = new HashMap<>();
        renewed.held().forEach(answer -> answers.put(new Lease(answer.taskId(), answer.attempt()), answer));
        for (Lease one : asked) {
            HeldLease answer = answers.get(one);
            if (answer == null) {
                lost.accept(one);
            } else if (answer.stopRequested()) {
                stopped.accept(one.taskId());
            }
        }
    }
}
