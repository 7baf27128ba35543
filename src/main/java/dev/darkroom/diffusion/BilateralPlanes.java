package dev.darkroom.diffusion;

import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * What a {@link BilateralTile} keeps of up to four channels: a part of the picture and of the guide, with what is around
 * them, and its sums and weights.
 *
 * <p>Picture and guide lie in memory outside the heap, of which there are slices for each follower: one that begins as far in as
 * the follower is away has it at the position's own index. So the JIT compiler's vector code is the same for all followers. Of
 * what is in the heap it makes none where indexes are apart by a number that it does not know; arrays would have to be copied
 * and moved for each column of the window.
 *
 * <p>Where to begin and to end is told in positions of a plane, the end not included. A follower is told by its index among the
 * distances, row by row from left to right.
 */
final class BilateralPlanes {

    static {
        // Java 17's compiler inlines no method with a class in its signature that has not been loaded, and reading a
        // buffer has one, which is there for other kinds of memory. Where it came too late, blurs took 12 times as long
        // for good. To list the methods loads it.
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
    private final FloatBuffer[] guideOfFollowers;
    /** Each has a follower at the index of the position. */
    private final FloatBuffer[] followers;
    /** Each has the position at the index of a follower. */
    private final FloatBuffer[] followed;

    private final int[] distances;

    /** @param distances of the followers, in numbers, ascending; parts begin as far in a plane as the longest is */
    BilateralPlanes(int[] distances) {
        this.distances = distances;
        int first = distances[distances.length - 1];
        FloatBuffer all = ByteBuffer.allocateDirect((first + BilateralLoops.SKEW + 2 * GROUP * PLANE) * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        int guideAt = first + GROUP * PLANE;
        picture = from(all, first);
        Arrays.setAll(guide, plane -> from(all, guideAt - plane * PLANE));
        guideOfFollowers = new FloatBuffer[distances.length];
        followers = new FloatBuffer[distances.length];
        followed = new FloatBuffer[distances.length];
        for (int i = 0; i < distances.length; i++) {
            guideOfFollowers[i] = from(all, guideAt - i % NEIGHBOURS * PLANE + distances[i]);
            followers[i] = from(all, first + distances[i]);
            followed[i] = from(all, first - distances[i]);
        }
    }

    private static FloatBuffer from(FloatBuffer all, int begin) {
        return all.slice(begin, all.capacity() - begin);
    }

    /**
     * Puts a channel of the picture in.
     *
     * @param channel from 0 to 3
     * @param padded of the part and what is around it
     * @param length how many numbers of it
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
    void weigh(int follower, float spatialTerm, int from, int to) {
        int plane = follower % NEIGHBOURS;
        BilateralLoops.weigh(
                own, guide[plane], guideOfFollowers[follower], spatialTerm, plane * PLANE + from, plane * PLANE + to);
    }

    /** Clears what will be the weights of a follower by several groups. */
    void clearDifferences(int follower, int from, int to) {
        int plane = BilateralLoops.WEIGHTS + follower % NEIGHBOURS * PLANE;
        Arrays.fill(own, plane + from, plane + to, 0);
    }

    /** Takes the differences of a follower in these channels off what another group, or this one, has of it. */
    void takeOffDifferences(BilateralPlanes weights, int follower, int from, int to) {
        int plane = follower % NEIGHBOURS;
        BilateralLoops.takeOffDifferences(
                weights.own, guide[plane], guideOfFollowers[follower], plane * PLANE + from, plane * PLANE + to);
    }

    /** Makes the weights of a follower of its differences. */
    void toWeights(int follower, float spatialTerm, int from, int to) {
        int plane = follower % NEIGHBOURS;
        BilateralLoops.toWeights(own, spatialTerm, plane * PLANE + from, plane * PLANE + to);
    }

    /** Adds three followers, beginning with this one, to their positions. */
    void addFollowers(BilateralPlanes weights, int follower, int from, int to) {
        add(weights, followers, follower, from, to);
    }

    /** Adds positions to three of their followers, beginning with this one. */
    void addToFollowers(BilateralPlanes weights, int follower, int from, int to) {
        add(weights, followed, follower, from, to);
    }

    private void add(BilateralPlanes weights, FloatBuffer[] neighbours, int follower, int from, int to) {
        FloatBuffer neighbours0 = neighbours[follower];
        FloatBuffer neighbours1 = neighbours[follower + 1];
        FloatBuffer neighbours2 = neighbours[follower + 2];
        BilateralLoops.addTotalAndFirstTwo(own, weights.own, neighbours0, neighbours1, neighbours2, from, to);
        BilateralLoops.addLastTwo(own, weights.own, neighbours0, neighbours1, neighbours2, from, to);
    }

    /** Moves the weights of a follower from positions to followers. */
    void moveWeights(int follower, int from, int to) {
        int plane = BilateralLoops.WEIGHTS + follower % NEIGHBOURS * PLANE;
        System.arraycopy(own, plane + from - distances[follower], own, plane + from, to - from);
    }

    /** Divides the sums by that of weights. */
    void divide(int from, int to) {
        BilateralLoops.divide(own, from, to);
    }

    /** Copies so many numbers of a channel's result, from 0 to 3, to a place in an array. */
    void copyResult(int channel, int from, float[] blurred, int place, int length) {
        System.arraycopy(own, channel * PLANE + from, blurred, place, length);
    }
}
