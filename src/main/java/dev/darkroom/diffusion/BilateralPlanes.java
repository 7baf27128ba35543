package dev.darkroom.diffusion;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * What a {@link BilateralTile} keeps of up to four channels. A part of the picture and of the guide, with what is around them,
 * lie in memory outside the heap, for the sake of slices: one that begins as far in as a follower is away has the follower at
 * the position's own index. So the JIT compiler's vector code is the same for all followers. Of arrays, which have no slices,
 * it would need a moved copy for each column of the window.
 */
final class BilateralPlanes {

    static {
        // Java 17's compiler inlines no method with a class in its signature that has not been loaded, and reading
        // a buffer has one, which is there for other kinds of memory. To list the methods loads it.
        Buffer.class.getDeclaredMethods();
    }

    private static final int GROUP = BilateralLoops.GROUP;
    private static final int PLANE = BilateralLoops.PLANE;
    private static final int NEIGHBOURS = BilateralLoops.NEIGHBOURS;

    /** Planes of weighted sums, then of the sum of weights, then of weights: see {@link BilateralLoops}. */
    private final float[] own = new float[BilateralLoops.OWN];

    private final FloatBuffer picture;
    /** Each has the guide at the index of one of the planes of weights. */
    private final FloatBuffer[] guide = new FloatBuffer[NEIGHBOURS];
    /** Each has a follower's guide where the follower's plane of weights has the position. */
    private final FloatBuffer[] guideOfFollower;
    /** Each has a follower at the index of the position. */
    private final FloatBuffer[] follower;
    /** Each has the position at the index of a follower. */
    private final FloatBuffer[] followed;

    /**
     * @param first where in a plane the part begins, as far in as the farthest follower is away
     * @param distances of the followers, in numbers
     */
    BilateralPlanes(int first, int[] distances) {
        FloatBuffer all = ByteBuffer.allocateDirect((first + BilateralLoops.SKEW + 2 * GROUP * PLANE) * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        int guideAt = first + GROUP * PLANE;
        picture = from(all, first);
        Arrays.setAll(guide, k -> from(all, guideAt - k * PLANE));
        guideOfFollower = new FloatBuffer[distances.length];
        follower = new FloatBuffer[distances.length];
        followed = new FloatBuffer[distances.length];
        for (int i = 0; i < distances.length; i++) {
            guideOfFollower[i] = from(all, guideAt - i % NEIGHBOURS * PLANE + distances[i]);
            follower[i] = from(all, first + distances[i]);
            followed[i] = from(all, first - distances[i]);
        }
    }

    private static FloatBuffer from(FloatBuffer all, int begin) {
        return all.slice(begin, all.capacity() - begin);
    }

    /**
     * Puts a channel in.
     *
     * @param channel from 0 to 3
     * @param padded as many numbers as asked for, of the part and what is around it
     */
    void putPicture(int channel, float[] padded, int length) {
        picture.put(BilateralLoops.SKEW + channel * PLANE, padded, 0, length);
    }

    /** Puts a channel of the guide in, likewise. */
    void putGuide(int channel, float[] padded, int length) {
        guide[0].put(BilateralLoops.SKEW + channel * PLANE, padded, 0, length);
    }

    /** Begins with the positions themselves, which have the same weight all over. */
    void begin(float weight, int from, int to) {
        BilateralLoops.begin(own, picture, weight, from, to);
    }

    /** Computes the weights of a follower, of these channels alone. */
    void weigh(int index, float spatialTerm, int from, int to) {
        int k = index % NEIGHBOURS;
        BilateralLoops.weigh(own, guide[k], guideOfFollower[index], spatialTerm, k * PLANE + from, k * PLANE + to);
    }

    /** Clears what will be the weights of a follower by several groups. */
    void clearDifferences(int index, int from, int to) {
        int plane = BilateralLoops.WEIGHTS + index % NEIGHBOURS * PLANE;
        Arrays.fill(own, plane + from, plane + to, 0);
    }

    /** Takes the differences of a follower in these channels off what another group, or this one, has of it. */
    void takeDifferencesOff(BilateralPlanes weights, int index, int from, int to) {
        int k = index % NEIGHBOURS;
        BilateralLoops.takeOffDifferences(
                weights.own, guide[k], guideOfFollower[index], k * PLANE + from, k * PLANE + to);
    }

    /** Makes the weights of a follower of its differences. */
    void toWeights(int index, float spatialTerm, int from, int to) {
        int k = index % NEIGHBOURS;
        BilateralLoops.toWeights(own, spatialTerm, k * PLANE + from, k * PLANE + to);
    }

    /** Adds three followers, beginning with this one, to their positions. */
    void addFollowers(BilateralPlanes weights, int index, int from, int to) {
        add(weights, follower, index, from, to);
    }

    /** Adds positions to three of their followers, beginning with this one. */
    void addToFollowers(BilateralPlanes weights, int index, int from, int to) {
        add(weights, followed, index, from, to);
    }

    private void add(BilateralPlanes weights, FloatBuffer[] picture, int index, int from, int to) {
        FloatBuffer picture0 = picture[index];
        FloatBuffer picture1 = picture[index + 1];
        FloatBuffer picture2 = picture[index + 2];
        BilateralLoops.addTotalAndFirstTwo(own, weights.own, picture0, picture1, picture2, from, to);
        BilateralLoops.addLastTwo(own, weights.own, picture0, picture1, picture2, from, to);
    }

    /** Moves the weights of a follower from positions to followers, which are the distance behind them. */
    void moveWeights(int index, int distance, int from, int to) {
        int plane = BilateralLoops.WEIGHTS + index % NEIGHBOURS * PLANE;
        System.arraycopy(own, plane + from - distance, own, plane + from, to - from);
    }

    /** Divides the sums by that of weights. */
    void divide(int from, int to) {
        BilateralLoops.divide(own, from, to);
    }

    /** Copies numbers of a channel's result, from 0 to 3, out. */
    void copyResult(int channel, int from, float[] to, int at, int length) {
        System.arraycopy(own, channel * PLANE + from, to, at, length);
    }
}
