package dev.darkroom.diffusion;

import dev.darkroom.model.EdgePreservingBlur;

/** What a device's blur is measured by: the plain Java filter, row by row. */
public final class JavaBlur implements EdgePreservingBlur {

    @Override
    public boolean apply(float[][] pictures, float[][] edges, int rows, int channels, int height, int width) {
        JointBilateralFilter filter = new JointBilateralFilter(channels, height, width);
        for (int row = 0; row < rows; row++) {
            filter.apply(pictures[row], edges[row]);
        }
        return true;
    }
}
