package dev.darkroom.diffusion;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/**
 * A multiplication and an addition, in one instruction where the processor has it, which rounds once and not twice: last
 * bits differ between processors. {@link Math#fma} computes with big decimals where it has not, or where a virtual machine
 * hides it, and is hundreds of times slower then.
 */
final class MultiplyAdd {

    private static final boolean FUSED = isFused();

    private MultiplyAdd() {}

    /** Returns a b + c, rounded once or twice. */
    static float of(float a, float b, float c) {
        return FUSED ? Math.fma(a, b, c) : c + a * b;
    }

    /** Tells whether the Java machine says that it has an instruction for it; one that says nothing counts as without. */
    private static boolean isFused() {
        try {
            HotSpotDiagnosticMXBean machine = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
            return machine != null
                    && Boolean.parseBoolean(machine.getVMOption("UseFMA").getValue());
        } catch (IllegalArgumentException | LinkageError saysNothing) {
            return false;
        }
    }
}
