package dev.darkroom.model;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The {@link BlurGraph} on a device. What does not work there is told once, and not tried again; a blur that finds no
 * room there says nothing about the next one.
 */
final class OnnxBlur implements EdgePreservingBlur, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(OnnxBlur.class);
    private static final int TRIAL_SIDE = 16;

    private final OnnxGraph graph;
    private final RunningCall running;
    private final TensorSlot pictures;
    private final TensorSlot guides;
    private final TensorSlot down;
    private final TensorSlot across;
    private final TensorSlot freedom;
    private final TensorSlot blurred;
    private int height;
    private int width;
    private boolean broken;
    private boolean toldOfMemory;

    private OnnxBlur(OnnxGraph graph, RunningCall running) throws ModelException {
        this.graph = graph;
        this.running = running;
        this.pictures = slot(OnnxJavaType.FLOAT, BlurGraph.PICTURE);
        this.guides = slot(OnnxJavaType.FLOAT, BlurGraph.EDGES);
        this.down = slot(OnnxJavaType.INT64, BlurGraph.DOWN);
        this.across = slot(OnnxJavaType.INT64, BlurGraph.ACROSS);
        this.freedom = slot(OnnxJavaType.FLOAT, BlurGraph.FREEDOM);
        this.blurred = slot(OnnxJavaType.FLOAT, BlurGraph.BLURRED);
    }

    private TensorSlot slot(OnnxJavaType type, String name) throws ModelException {
        return new TensorSlot(graph.environment(), type, name);
    }

    /**
     * Opens the graph and tries it. Where it loads but the trial finds no room, later calls may.
     *
     * @param running where the model's calls can be cancelled
     * @return null, after a warning, if the device can't do it
     */
    static @Nullable OnnxBlur open(OnnxDevice device, RunningCall running) {
        try (Closing opened = new Closing()) {
            OnnxGraph graph = OnnxGraph.load("The blur", BlurGraph.model(), device, running);
            opened.add(graph);
            OnnxBlur blur = new OnnxBlur(graph, running);
            opened.keep();
            blur.tryOut();
            return blur;
        } catch (ModelException failure) {
            warn(failure);
            return null;
        }
    }

    /** Blurs a small picture; closes everything if the device can't do it. */
    private void tryOut() throws ModelException {
        float[][] trial = new float[1][TRIAL_SIDE * TRIAL_SIDE];
        try {
            run(trial, trial, 1, 1, TRIAL_SIDE, TRIAL_SIDE);
        } catch (DeviceMemoryException full) {
            warnOfMemory(full);
        } catch (ModelException failure) {
            close();
            throw failure;
        }
    }

    private static void warn(ModelException failure) {
        LOG.warn("Sharpness is computed on the CPU until the model is loaded again: {}", failure.getMessage());
    }

    private void warnOfMemory(DeviceMemoryException full) {
        if (!toldOfMemory) {
            toldOfMemory = true;
            LOG.warn(
                    "Sharpness of a call is computed on the CPU, and so it is in later ones if it does not fit the memory: {}",
                    full.getMessage());
        }
    }

    @Override
    public boolean apply(float[][] pictures, float[][] edges, int rows, int channels, int height, int width)
            throws ModelException {
        if (broken) {
            return false;
        }
        try {
            run(pictures, edges, rows, channels, height, width);
            return true;
        } catch (DeviceMemoryException full) {
            warnOfMemory(full);
            return false;
        } catch (ModelException failure) {
            if (running.wasCancelled()) {
                throw failure;
            }
            broken = true;
            warn(failure);
            return false;
        }
    }

    private void run(float[][] picture, float[][] edges, int rows, int channels, int height, int width)
            throws ModelException {
        int length = channels * height * width;
        OnnxTensor values = pictures.shaped(rows, channels, height, width);
        OnnxTensor guide = guides.shaped(rows, channels, height, width);
        for (int row = 0; row < rows; row++) {
            pictures.put(row * length, picture[row], length);
            guides.put(row * length, edges[row], length);
        }
        OnnxTensor numbers = freedom.shaped();
        freedom.put(0, Math.max(1, length - 1));
        if (height != this.height || width != this.width) {
            mirror(height, width);
        }
        graph.runInto(
                Map.of(
                        BlurGraph.PICTURE,
                        values,
                        BlurGraph.EDGES,
                        guide,
                        BlurGraph.DOWN,
                        down.shaped(SHIFTS, height),
                        BlurGraph.ACROSS,
                        across.shaped(width + 2L * RADIUS),
                        BlurGraph.FREEDOM,
                        numbers),
                Map.of(BlurGraph.BLURRED, blurred.shaped(rows, channels, height, width)));
        for (int row = 0; row < rows; row++) {
            blurred.get(row * length, picture[row], length);
        }
    }

    private void mirror(int height, int width) throws ModelException {
        // should one of the tensors fail, the other's indices are not to pass for those of the size before
        this.height = 0;
        down.shaped(SHIFTS, height);
        across.shaped(width + 2L * RADIUS);
        for (int shift = 0; shift < SHIFTS; shift++) {
            for (int y = 0; y < height; y++) {
                down.put(shift * height + y, EdgePreservingBlur.mirrored(y + shift - RADIUS, height));
            }
        }
        for (int x = 0; x < width + 2 * RADIUS; x++) {
            across.put(x, EdgePreservingBlur.mirrored(x - RADIUS, width));
        }
        this.height = height;
        this.width = width;
    }

    @Override
    public void close() {
        pictures.close();
        guides.close();
        down.close();
        across.close();
        freedom.close();
        blurred.close();
        graph.close();
    }
}
