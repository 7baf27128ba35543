package dev.darkroom.worker;

import dev.darkroom.image.RgbImage;
import dev.darkroom.model.Conditioning;
import dev.darkroom.model.Denoiser;
import dev.darkroom.model.Device;
import dev.darkroom.model.DeviceMemory;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.MemoryBudget;
import dev.darkroom.model.ModelDefaults;
import dev.darkroom.model.ModelException;
import dev.darkroom.model.ModelFolder;
import dev.darkroom.model.ModelLoader;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.testing.NullModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Loads models that compute nothing, counts them, and fails a test that uses one after it was freed. Each takes 16 MiB
 * as far as the budget knows, since its folder holds no weights.
 */
final class CountedModels implements ModelLoader {

    /** What one model takes. */
    static final long SIZE = 16L << 20;

    /** Names in the order in which they were loaded. */
    final List<String> loads = Collections.synchronizedList(new ArrayList<>());

    /** Names in the order in which they were freed. */
    final List<String> frees = Collections.synchronizedList(new ArrayList<>());

    /** Reasons by the name of models that can't be loaded. */
    final Map<String, String> broken = new ConcurrentHashMap<>();

    /** By the name of models that load only with a permit. */
    final Map<String, Semaphore> gates = new ConcurrentHashMap<>();

    /** By the name of models that are freed only with a permit. */
    final Map<String, Semaphore> exits = new ConcurrentHashMap<>();

    private int open;
    private int mostOpen;
    private boolean usedWhenFreed;

    static MemoryBudget roomFor(int models) {
        return new MemoryBudget(models * SIZE + SIZE / 2, new NoMemory());
    }

    static ModelFolder folder(String name) {
        return folder(name, Path.of("nowhere", name));
    }

    static ModelFolder folder(String name, Path path) {
        return new ModelFolder(name, path, ModelDefaults.NONE, null);
    }

    @Override
    public Device device() {
        return new Device("none", "this is a test");
    }

    @Override
    public LoadedModel load(ModelFolder folder) throws ModelException {
        loads.add(folder.name());
        pass(gates.get(folder.name()));
        String reason = broken.get(folder.name());
        if (reason != null) {
            throw new ModelException(reason);
        }
        return new Counted(folder.name());
    }

    private static void pass(@Nullable Semaphore gate) throws ModelException {
        try {
            if (gate != null && !gate.tryAcquire(20, TimeUnit.SECONDS)) {
                throw new ModelException("the gate stayed shut");
            }
        } catch (InterruptedException stopped) {
            throw new ModelException("interrupted", stopped);
        }
    }

    synchronized int open() {
        return open;
    }

    synchronized int mostOpen() {
        return mostOpen;
    }

    synchronized boolean usedWhenFreed() {
        return usedWhenFreed;
    }

    private synchronized void count(int difference) {
        open += difference;
        mostOpen = Math.max(mostOpen, open);
    }

    private final class Counted implements LoadedModel {
        private final NullModel model;
        private volatile boolean freed;

        Counted(String name) {
            model = new NullModel(name, 64, 2, 0);
            count(1);
        }

        private NullModel used() {
            if (freed) {
                synchronized (CountedModels.this) {
                    usedWhenFreed = true;
                }
                throw new IllegalStateException("used after it was freed");
            }
            return model;
        }

        @Override
        public ModelTraits traits() {
            return model.traits();
        }

        @Override
        public Denoiser denoiser() {
            return used().denoiser();
        }

        @Override
        public Conditioning encode(String text, int clipSkip) {
            return used().encode(text, clipSkip);
        }

        @Override
        public RgbImage decode(float[] latent, int height, int width) throws ModelException {
            return used().decode(latent, height, width);
        }

        @Override
        public RgbImage preview(float[] latent, int height, int width) {
            return model.preview(latent, height, width);
        }

        @Override
        public void close() {
            String name = used().traits().name();
            try {
                pass(exits.get(name));
            } catch (ModelException shut) {
                throw new IllegalStateException(shut);
            }
            freed = true;
            frees.add(name);
            count(-1);
        }
    }

    /** Can't be measured. */
    private static final class NoMemory implements DeviceMemory {
        @Override
        public long total() {
            return -1;
        }

        @Override
        public long used() {
            return -1;
        }

        @Override
        public double usualShare() {
            return 1;
        }

        @Override
        public void trim() {
            // nothing is kept
        }
    }
}
