package dev.darkroom.bus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.task.Preview;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskEvent;
import dev.darkroom.task.TaskId;
import dev.darkroom.task.TaskResult;
import dev.darkroom.task.TaskState;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

final class WireFormatTest {

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    @Test
    void everyNodeMessageComesBackAsItWas() {
        for (int round = 0; round < 500; round++) {
            NodeMessage message = randomMessage();
            NodeMessage back = there(NodeMessage.class, message);
            assertThat(back)
                    .as("seed %d, round %d", seed, round)
                    .usingRecursiveComparison()
                    .isEqualTo(message);
        }
    }

    @Test
    void everyNoticeComesBackAsItWas() {
        for (TaskNotice notice : List.of(
                new TaskNotice.Added(),
                new TaskNotice.Claimed(TaskId.random(), 3, UUID.randomUUID()),
                new TaskNotice.Ended(TaskId.random(), TaskState.STOPPED))) {
            assertThat(there(TaskNotice.class, notice)).isEqualTo(notice);
        }
    }

    @Test
    void anotherVersionIsRefusedByName() {
        Buffer wire = Buffer.buffer();
        WireFormat.write(new TaskNotice.Added(), wire);
        wire.setByte(0, (byte) 9);
        assertThatThrownBy(() -> WireFormat.read(TaskNotice.class, 0, wire))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("version 9")
                .hasMessageContaining("version 1");
    }

    @Test
    void thePreviewTravelsAsItIs() {
        byte[] png = new byte[30_000];
        random.nextBytes(png);
        Buffer wire = Buffer.buffer();
        WireFormat.write(
                new NodeMessage.Told(new TaskEvent.Progressed(
                        TaskId.random(), 1, 2, 3, "Sampling", 1, 2, 0, 1, new Preview(png, 4, 4))),
                wire);
        assertThat(wire.length()).isLessThan(30_500);
    }

    private static <T> T there(Class<T> family, T message) {
        Buffer wire = Buffer.buffer("before");
        int position = wire.length();
        WireFormat.write(message, wire);
        wire.appendString("after");
        return WireFormat.read(family, position, wire);
    }

    private NodeMessage randomMessage() {
        TaskId task = new TaskId("%016x%016x".formatted(random.nextLong(), random.nextLong()));
        return switch (random.nextInt(8)) {
            case 0 -> new NodeMessage.Stop(task);
            case 1 -> new NodeMessage.Skip(task);
            case 2 -> new NodeMessage.Watch(task, UUID.randomUUID());
            default -> new NodeMessage.Told(randomEvent(task));
        };
    }

    private TaskEvent randomEvent(TaskId task) {
        int attempt = random.nextInt();
        long sequence = random.nextLong();
        SavedImage image = new SavedImage(random.nextInt(32), "日/ü \"" + random.nextInt(), random.nextLong(), 64, 48);
        return switch (random.nextInt(5)) {
            case 0 -> new TaskEvent.Queued(task, attempt, sequence, random.nextInt());
            case 1 -> new TaskEvent.Started(task, attempt, sequence);
            case 2 -> new TaskEvent.ImageSaved(task, attempt, sequence, image);
            case 3 ->
                new TaskEvent.Ended(
                        task,
                        attempt,
                        sequence,
                        TaskState.values()[random.nextInt(6)],
                        new TaskResult(List.of(image, image), List.of("a note")),
                        random.nextBoolean() ? null : "an error");
            default ->
                new TaskEvent.Progressed(
                        task, attempt, sequence, random.nextInt(101), "Sampling step …", 1, 30, 0, 2, randomPreview());
        };
    }

    private Preview randomPreview() {
        if (random.nextBoolean()) {
            return null;
        }
        byte[] png = new byte[random.nextInt(2000)];
        random.nextBytes(png);
        return new Preview(png, random.nextInt(500), random.nextInt(500));
    }
}
