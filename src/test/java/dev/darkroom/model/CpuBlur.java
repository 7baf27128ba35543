package dev.darkroom.model;

/** A GPU's blur, computed by ONNX Runtime on the CPU, which every machine has. */
public final class CpuBlur implements EdgePreservingBlur, AutoCloseable {

    private final OnnxBlur blur;

    public CpuBlur(int threads) throws ModelException {
        this(threads, new RunningCall());
    }

    CpuBlur(int threads, RunningCall running) throws ModelException {
        OnnxDevice device = OnnxDevice.detect(new DeviceConfig(DeviceConfig.Choice.CPU, threads, 0));
        OnnxBlur opened = OnnxBlur.open(device, running);
        if (opened == null) {
            throw new ModelException("the blur's graph does not work here");
        }
        blur = opened;
    }

    @Override
    public boolean apply(float[][] pictures, float[][] edges, int rows, int channels, int height, int width)
            throws ModelException {
        return blur.apply(pictures, edges, rows, channels, height, width);
    }

    @Override
    public void close() {
        blur.close();
    }
}
