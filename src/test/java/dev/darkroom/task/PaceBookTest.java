package dev.darkroom.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.task.PaceBook.Key;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

final class PaceBookTest {

    private static final Workload WORK = new Workload(64 * 64, "euler", true, 10, 2);

    private final PaceBook book = new PaceBook();

    @Test
    void nothingIsSaidOfAModelThatWasNeverMeasured() {
        book.learn(Key.of("other", WORK), 10, 5);
        assertThat(book.millis("m", WORK)).isNull();
    }

    @Test
    void stepsAndImagesAddUp() {
        book.learn(Key.of("m", WORK), 10, 5);
        assertThat(book.millis("m", WORK)).isEqualTo(2 * (10 * 10.0 + 5));
    }

    @Test
    void firstMeasurementsAreAveragedAndLaterOnesFollowed() {
        Key key = Key.of("m", WORK);
        book.learn(key, 30, 0);
        book.learn(key, 10, 0);
        assertThat(book.millis("m", WORK)).isEqualTo(20 * 20.0);
        for (int i = 0; i < 30; i++) {
            book.learn(key, 50, 0);
        }
        assertThat(book.millis("m", WORK)).isCloseTo(20 * 50.0, Offset.offset(1.0));
    }

    @Test
    void anotherSizeIsScaledFromTheNearestAndTheSamplerPrefersItsOwn() {
        book.learn(new Key("m", 64 * 64, "euler", true), 10, 4);
        book.learn(new Key("m", 512 * 512, "euler", true), 900, 100);
        book.learn(new Key("m", 64 * 64, "heun", true), 20, 4);
        assertThat(book.millis("m", new Workload(128 * 64, "euler", true, 1, 1)))
                .isEqualTo(2 * (10 + 4.0));
        assertThat(book.millis("m", new Workload(512 * 512, "heun", true, 1, 1)))
                .isEqualTo(1000.0);
        assertThat(book.millis("m", new Workload(64 * 64, "heun", true, 1, 1))).isEqualTo(24.0);
        assertThat(book.millis("m", new Workload(64 * 64, "lcm", true, 1, 1))).isIn(14.0, 24.0);
    }

    @Test
    void aWorkloadsTextIsItself() {
        assertThat(Workload.parse(WORK.text())).contains(WORK);
        assertThat(Workload.parse("")).isEmpty();
        assertThat(Workload.parse("1:euler:1:x:1")).isEmpty();
        assertThat(Workload.parse("1:euler:1:1:1:1")).isEmpty();
    }
}
