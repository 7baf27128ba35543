package dev.darkroom.diffusion;

import dev.darkroom.model.EdgePreservingBlur;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a device's blur is measured by: the plain Java filter, row by row. */
public final class JavaBlur implements EdgePreservingBlur {

    private final Map<List<Integer>, JointBilateralFilter> filters = new HashMap<>();

    @Override
    public boolean apply(float[][] pictures, float[][] edges, int rows, int channels, int height, int width) {
        JointBilateralFilter filter = filters.computeIfAbsent(
                List.of(channels, height, width), shape -> JointBilateralFilter.of(channels, height, width));
        for (int row = 0; row < rows; row++) {
            float[] blurred = filter.blur(pictures[row], edges[row]);
            System.arraycopy(blurred, 0, pictures[row], 0, blurred.length);
        }
        return true;
    }
}
