package dev.darkroom.worker;

import dev.darkroom.image.ImageFormat;
import dev.darkroom.image.RgbImage;
import dev.darkroom.output.OutputStore;
import dev.darkroom.task.Attempt;
import dev.darkroom.task.SavedImage;
import dev.darkroom.task.TaskResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Keeps pictures in memory. */
final class MemoryPictures implements OutputStore {
    final Map<String, String> files = new ConcurrentHashMap<>();
    final Map<String, String> parameters = new ConcurrentHashMap<>();
    private final Map<Attempt, List<String>> attempts = new ConcurrentHashMap<>();
    private final AtomicInteger names = new AtomicInteger();
    final CompletableFuture<Void> deleted = new CompletableFuture<>();
    volatile boolean full;

    @Override
    public SavedImage save(
            Attempt attempt,
            int index,
            long seed,
            RgbImage picture,
            ImageFormat format,
            Map<String, String> made,
            String saveName)
            throws IOException {
        if (full) {
            throw new IOException("no space left on device");
        }
        String name = "day/" + names.incrementAndGet() + "." + format.extension();
        attempts.computeIfAbsent(attempt, first -> new ArrayList<>()).add(name);
        parameters.put(name, made.getOrDefault("parameters", ""));
        files.put(name, Arrays.hashCode(picture.rgb()) + "");
        return new SavedImage(index, name, seed, picture.width(), picture.height());
    }

    @Override
    public void settle(Attempt attempt, TaskResult kept) {
        List<String> saved = attempts.remove(attempt);
        if (saved != null) {
            kept.images().forEach(image -> saved.remove(image.path()));
            files.keySet().removeAll(saved);
            if (kept.images().isEmpty()) {
                deleted.complete(null);
            }
        }
    }

    @Override
    public List<Attempt> unsettled() {
        return List.copyOf(attempts.keySet());
    }

    @Override
    public void discardEarlier(Attempt attempt) {
        for (int number = 1; number < attempt.number(); number++) {
            settle(new Attempt(attempt.task(), number), TaskResult.EMPTY);
        }
    }

    @Override
    public Optional<Path> find(String path) {
        return Optional.empty();
    }

    @Override
    public void delete(TaskResult result) {
        throw new UnsupportedOperationException("a sampler deletes by attempt");
    }
}
