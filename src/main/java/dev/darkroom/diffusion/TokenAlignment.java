package dev.darkroom.diffusion;

import dev.darkroom.model.Conditioning;

/**
 * Two conditionings of one length: each is repeated until both are as long as the least common multiple. Attention over
 * keys that all occur equally often is the same as over those keys once, so that a row's picture does not depend on the
 * other's length, as padding would make it.
 */
record TokenAlignment(Conditioning positive, Conditioning negative) {

    static TokenAlignment of(Conditioning positive, Conditioning negative) {
        if (positive.width() != negative.width()) {
            throw new IllegalArgumentException("conditionings of width %d and %d are not of one model"
                    .formatted(positive.width(), negative.width()));
        }
        if (positive.tokens() < 1 || negative.tokens() < 1) {
            throw new IllegalArgumentException("a conditioning has no tokens");
        }
        int tokens =
                positive.tokens() / greatestCommonDivisor(positive.tokens(), negative.tokens()) * negative.tokens();
        return new TokenAlignment(positive.repeated(tokens), negative.repeated(tokens));
    }

    private static int greatestCommonDivisor(int a, int b) {
        return b == 0 ? a : greatestCommonDivisor(b, a % b);
    }
}
