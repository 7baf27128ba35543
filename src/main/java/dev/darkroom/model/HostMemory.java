package dev.darkroom.model;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.management.JMException;
import javax.management.ObjectName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This machine's memory, or as much of it as the process's container may use. In use is what the process itself has: its
 * resident set without the pages of files. Those are the system's cache, and stay mapped after a model's graph was looked
 * at until the Java heap is collected.
 */
public final class HostMemory implements DeviceMemory {

    private static final Logger LOG = LoggerFactory.getLogger(HostMemory.class);
    private static final Path STATUS = Path.of("/proc/self/status");

    @Override
    public long total() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : -1;
    }

    @Override
    public long used() {
        if (!Files.isReadable(STATUS)) {
            return -1;
        }
        try {
            long kilobytes = 0;
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith("RssAnon:") || line.startsWith("RssShmem:")) {
                    kilobytes += Long.parseLong(line.replaceAll("\\D", ""));
                }
            }
            return kilobytes > 0 ? kilobytes * 1024 : -1;
        } catch (IOException | NumberFormatException unknown) {
            LOG.debug("The resident set can't be read", unknown);
        }
        return -1;
    }

    /** Half: the database, the Java heap and the file cache need room, and so does each model's work space. */
    @Override
    public double usualShare() {
        return 0.5;
    }

    /**
     * The C library keeps what is freed in small pieces, and of a model's session that is a good part. Its
     * {@code malloc_trim} is reached by the virtual machine's own diagnostic command, which Linux builds have.
     */
    @Override
    public void trim() {
        try {
            Object said = ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName("com.sun.management:type=DiagnosticCommand"),
                            "systemTrimNativeHeap",
                            new Object[0],
                            new String[0]);
            LOG.debug("{}", said);
        } catch (JMException notThere) {
            LOG.debug("Freed memory stays with the C library", notThere);
        }
    }
}
