package dev.darkroom.diffusion;

import dev.darkroom.model.EdgePreservingBlur;
import dev.darkroom.model.ModelException;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Replaces a part of a network's answers by an edge-preserving blur of it: what it sees as noise is blurred within the
 * edges of its estimate of the clean latent. Where the device has a blur of its own, the answers of a model call wait for
 * each other and are blurred at once; plain Java blurs each as it comes. Keeps its arrays; one thread at a time.
 */
final class Sharpener {

    private final int channels;
    private final int height;
    private final int width;
    private final @Nullable EdgePreservingBlur device;
    private final BitSet countsBlurred = new BitSet();
    private @Nullable JointBilateralFilter filter;
    private boolean usual = true;
    private int waiting;
    private float[][] estimates = new float[0][];
    private float[][] noises = new float[0][];
    private float[][] answers = new float[0][];
    private double[] amounts = new double[0];

    /** @param device what blurs on the model's device, or null for plain Java */
    Sharpener(int channels, int height, int width, @Nullable EdgePreservingBlur device) {
        this.channels = channels;
        this.height = height;
        this.width = width;
        this.device = device;
    }

    /** Begins with a new model call. What is left of one that failed is forgotten. */
    void start() {
        waiting = 0;
    }

    /**
     * Takes an answer that is to be blurred in part, which is done when {@link #finish} returns.
     *
     * @param answer the network's output, whatever it predicts; changed
     * @param latent what the network was asked about
     * @param share of the blur, from 0 to 1
     */
    void add(float[] answer, float[] latent, Preconditioning wrapped, double share) {
        makeRoom();
        amounts[waiting] = share / wrapped.output();
        takeApart(answer, latent, wrapped, amounts[waiting], estimates[waiting], noises[waiting]);
        answers[waiting] = answer;
        waiting++;
        if (device == null) {
            blurInJava();
            waiting = 0;
        }
    }

    /**
     * Blurs the answers that wait.
     *
     * @return how long the device took for it, in nanoseconds; 0 where Java did it
     * @throws ModelException if the call was cancelled; the answers are spoilt
     */
    long finish() throws ModelException {
        usual = true;
        if (device == null || waiting == 0) {
            return 0;
        }
        long begun = System.nanoTime();
        boolean done = device.apply(noises, estimates, waiting, channels, height, width);
        long nanos = System.nanoTime() - begun;
        if (done) {
            usual = countsBlurred.get(waiting);
            countsBlurred.set(waiting);
            for (int i = 0; i < waiting; i++) {
                giveBack(i, noises[i]);
            }
        } else {
            blurInJava();
        }
        waiting = 0;
        return done ? nanos : 0;
    }

    /** Tells whether the time that {@link #finish} returned was not that of the device's first blur of so many answers. */
    boolean wasUsual() {
        return usual;
    }

    private void blurInJava() {
        JointBilateralFilter made = filter;
        if (made == null) {
            made = JointBilateralFilter.of(channels, height, width);
            filter = made;
        }
        for (int i = 0; i < waiting; i++) {
            giveBack(i, made.blur(noises[i], estimates[i]));
        }
    }

    private void giveBack(int index, float[] blurred) {
        LinearCombination.of(answers[index], 1, answers[index], -amounts[index], blurred);
    }

    /**
     * Sets estimate and noise, and makes room in the answer for the blur: x - D is sigma times the noise that the network
     * sees, and D, and so the answer, loses what the blur will add to it.
     */
    private static void takeApart(
            float[] answer, float[] latent, Preconditioning wrapped, double amount, float[] estimate, float[] noise) {
        float skip = (float) wrapped.skip();
        float output = (float) wrapped.output();
        float lost = (float) amount;
        for (int i = 0; i < answer.length; i++) {
            float clean = skip * latent[i] + output * answer[i];
            float rest = latent[i] - clean;
            estimate[i] = clean;
            noise[i] = rest;
            answer[i] += lost * rest;
        }
    }

    private void makeRoom() {
        if (waiting < answers.length) {
            return;
        }
        int rows = Math.max(1, 2 * waiting);
        float[][] moreEstimates = Arrays.copyOf(estimates, rows);
        float[][] moreNoises = Arrays.copyOf(noises, rows);
        for (int i = waiting; i < rows; i++) {
            moreEstimates[i] = new float[channels * height * width];
            moreNoises[i] = new float[channels * height * width];
        }
        amounts = Arrays.copyOf(amounts, rows);
        estimates = moreEstimates;
        noises = moreNoises;
        answers = Arrays.copyOf(answers, rows);
    }
}
