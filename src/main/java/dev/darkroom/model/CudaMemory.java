package dev.darkroom.model;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The memory of CUDA device 0, as the driver's own tool tells it: ONNX Runtime has no call for that. */
final class CudaMemory implements DeviceMemory {

    private static final Logger LOG = LoggerFactory.getLogger(CudaMemory.class);
    private static final long MIB = 1 << 20;
    private static final int PATIENCE_SECONDS = 10;

    private final List<String> tool;

    CudaMemory() {
        this(List.of("nvidia-smi"));
    }

    /** @param tool the command to which the query is added */
    CudaMemory(List<String> tool) {
        this.tool = List.copyOf(tool);
    }

    @Override
    public long total() {
        return ask("memory.total");
    }

    @Override
    public long used() {
        return ask("memory.used");
    }

    /** More than of the host's, since only models live there; the rest is for their work space. */
    @Override
    public double usualShare() {
        return 0.75;
    }

    /** A session that is closed gives its arena back to the driver itself. */
    @Override
    public void trim() {}

    private long ask(String what) {
        List<String> command = new ArrayList<>(tool);
        command.addAll(List.of("--id=0", "--query-gpu=" + what, "--format=csv,noheader,nounits"));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            try (InputStream answer = process.getInputStream()) {
                process.getOutputStream().close();
                if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                    return -1;
                }
                String text = new String(answer.readAllBytes(), StandardCharsets.UTF_8).strip();
                return process.exitValue() == 0 ? Long.parseLong(text) * MIB : -1;
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException | NumberFormatException unknown) {
            LOG.debug("{} of the device can't be found out", what, unknown);
            return -1;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return -1;
        }
    }
}
