package dev.darkroom;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.bus.Addresses;
import dev.darkroom.bus.Announcement;
import dev.darkroom.bus.NodeEventHub;
import dev.darkroom.bus.TaskNotice;
import dev.darkroom.task.TaskId;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nodes that know of one which nobody reaches: it died, and the membership has not noticed. */
final class AnnouncementTest {

    private static final int NOTICES = 50;

    private final List<Vertx> nodes = new ArrayList<>();

    private Vertx node(int port, int busPort) throws Exception {
        Vertx vertx = NodeVertx.open(
                        new ClusterConfig(
                                true,
                                "announcement",
                                "127.0.0.1",
                                port,
                                0,
                                List.of("127.0.0.1:" + port, "127.0.0.1:" + (port + 1), "127.0.0.1:" + (port + 2)),
                                new ClusterConfig.Announced("127.0.0.1", 0, busPort)),
                        new SimpleMeterRegistry(),
                        null)
                .await(5, TimeUnit.MINUTES);
        nodes.add(vertx);
        new NodeEventHub(vertx, UUID.randomUUID(), null).start().await(1, TimeUnit.MINUTES);
        return vertx;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return Math.min(65_000, socket.getLocalPort());
        }
    }

    @AfterEach
    void close() throws Exception {
        for (Vertx node : nodes) {
            node.close().await(1, TimeUnit.MINUTES);
        }
    }

    @Test
    void aNodeThatIsDeadKeepsNobodyElseFromHearing() throws Exception {
        int port = freePort();
        Vertx first = node(port, 0);
        node(port, freePort());
        Vertx third = node(port, 0);
        List<Set<String>> heard = List.of(new ConcurrentSkipListSet<>(), new ConcurrentSkipListSet<>());
        CountDownLatch all = new CountDownLatch(2 * NOTICES);
        for (int i = 0; i < 2; i++) {
            Set<String> mine = heard.get(i);
            (i == 0 ? first : third).eventBus().<TaskNotice>localConsumer(Addresses.TASKS, notice -> {
                if (notice.body() instanceof TaskNotice.Followed followed
                        && mine.add(followed.taskId().toString())) {
                    all.countDown();
                }
            });
        }
        for (int i = 0; i < NOTICES; i++) {
            Announcement.publish(first, new TaskNotice.Followed(TaskId.random()));
        }
        assertThat(all.await(1, TimeUnit.MINUTES)).as("%s", all).isTrue();
        assertThat(heard.get(0)).isEqualTo(heard.get(1));
    }

    @Test
    void noNoticeOvertakesAnotherOnItsWayToAnotherNode() throws Exception {
        int port = freePort();
        Vertx teller = node(port, 0);
        Vertx listener = node(port, 0);
        List<TaskId> told = Stream.generate(TaskId::random).limit(2000).toList();
        Set<TaskId> mine = Set.copyOf(told);
        List<TaskId> heard = new CopyOnWriteArrayList<>();
        CountDownLatch all = new CountDownLatch(told.size());
        listener.eventBus().<TaskNotice>localConsumer(Addresses.TASKS, notice -> {
            if (notice.body() instanceof TaskNotice.Followed followed && mine.contains(followed.taskId())) {
                heard.add(followed.taskId());
                all.countDown();
            }
        });
        told.forEach(task -> Announcement.publish(teller, new TaskNotice.Followed(task)));
        assertThat(all.await(1, TimeUnit.MINUTES)).as("%s", all).isTrue();
        assertThat(heard).isEqualTo(told);
    }
}
