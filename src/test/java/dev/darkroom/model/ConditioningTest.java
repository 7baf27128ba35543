package dev.darkroom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.model.ConditioningCache.Key;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConditioningTest {

    @Test
    void partsStandOneAfterTheOtherAndTheFirstSaysWhatIsAdded() {
        Conditioning first = new Conditioning(
                new float[] {1, 2},
                1,
                2,
                new AddedConditions(new float[] {9}, ImageSizes.of(64, 32), null, null),
                null);
        Conditioning second = new Conditioning(new float[] {3, 4, 5, 6}, 2, 2, AddedConditions.NONE, "house");
        Conditioning both = Conditioning.concatenated(List.of(first, second));
        assertThat(both.hiddenStates()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(both.tokens()).isEqualTo(3);
        assertThat(both.added()).isSameAs(first.added());
        assertThat(both.cut()).isEqualTo("house");
        assertThat(Conditioning.concatenated(List.of(first))).isSameAs(first);
    }

    @Test
    void repeatingKeepsWhatIsAdded() {
        Conditioning text = new Conditioning(new float[] {1, 2}, 2, 1)
                .guided(3)
                .sized(ImageSizes.of(8, 8))
                .masked(new float[] {7});
        Conditioning repeated = text.repeated(4);
        assertThat(repeated.hiddenStates()).containsExactly(1, 2, 1, 2);
        assertThat(repeated.added()).isEqualTo(text.added());
        assertThat(text.added().guidance()).isEqualTo(3);
        assertThat(text.added().sizes()).isEqualTo(new ImageSizes(8, 8, 0, 0, 8, 8));
    }

    @Test
    void theCacheForgetsTheLeastRecentlyUsedWhenItIsFull() {
        ConditioningCache cache = new ConditioningCache(1000);
        Conditioning text = new Conditioning(new float[100], 10, 10);
        Key one = new Key("1", 1, false);
        Key two = new Key("2", 1, false);
        cache.put(one, text);
        cache.put(two, text);
        assertThat(cache.get(one)).isNotNull();
        cache.put(new Key("3", 1, false), text);
        assertThat(cache.get(two)).isNull();
        assertThat(cache.get(one)).isNotNull();
        assertThat(cache.get(new Key("1", 2, false))).isNull();
        assertThat(cache.bytes()).isEqualTo(804);
        cache.put(new Key("large", 1, false), new Conditioning(new float[1000], 10, 100));
        assertThat(cache.bytes()).isZero();
    }

    @Test
    void theGuidanceEmbeddingIsDiffusers() {
        // diffusers' get_guidance_scale_embedding(w=7.5, embedding_dim=6)
        float[] embedding = UnetInputs.embedded(8.5, 6);
        double[] angles = {7500, 75, 0.75};
        for (int i = 0; i < 3; i++) {
            assertThat(embedding[i]).isCloseTo((float) Math.sin(angles[i]), within(1e-4f));
            assertThat(embedding[i + 3]).isCloseTo((float) Math.cos(angles[i]), within(1e-4f));
        }
    }
}
