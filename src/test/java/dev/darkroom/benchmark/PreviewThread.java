package dev.darkroom.benchmark;

import dev.darkroom.diffusion.Row;
import dev.darkroom.image.PreviewEncoder;
import dev.darkroom.model.LoadedModel;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Makes previews as a server does: from a copy of the estimate, on another thread, and none when that is behind. */
final class PreviewThread implements AutoCloseable {

    private static final int MOST_WAITING = 64;

    private final LoadedModel model;
    private final PreviewEncoder encoder = new PreviewEncoder();
    private final AtomicInteger waiting = new AtomicInteger();
    private final ExecutorService thread = Executors.newSingleThreadExecutor();

    PreviewThread(LoadedModel model) {
        this.model = model;
    }

    /** A row has made a step. */
    void stepped(Row row) {
        float[] denoised = row.denoised();
        if (denoised == null || waiting.get() >= MOST_WAITING) {
            return;
        }
        float[] estimate = denoised.clone();
        waiting.incrementAndGet();
        thread.execute(() -> {
            try {
                encoder.encode(model.preview(estimate, row.latentHeight(), row.latentWidth()));
            } finally {
                waiting.decrementAndGet();
            }
        });
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
