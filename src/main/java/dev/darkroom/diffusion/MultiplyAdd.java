package dev.darkroom.diffusion;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/**
 * A multiplication and an addition, in one instruction where the processor has it. {@link Math#fma} computes with big
 * decimals where it has not, or where a virtual machine hides it: thousands of times slower.
 */
final class MultiplyAdd {

    private static final boolean FUSED = isFused();

    private MultiplyAdd() {}

    /** Returns a b + c, rounded once or twice. */
    static float of(float a, float b, float c) {
        return FUSED ? Math.fma(a, b, c) : c + a * b;
    }

    /** Tells whether the Java machine has an instruction for it; another one than HotSpot does not say. */
    static boolean isFused() {
        HotSpotDiagnosticMXBean machine = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        if (machine == null) {
            return false;
        }
        try {
            return Boolean.parseBoolean(machine.getVMOption("UseFMA").getValue());
        } catch (IllegalArgumentException noSuchOption) {
            return false;
        }
    }
}
