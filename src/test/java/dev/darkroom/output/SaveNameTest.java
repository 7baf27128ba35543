package dev.darkroom.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class SaveNameTest {

    @ParameterizedTest
    @CsvSource({
        "cat, cat",
        "Käse 猫, Käse 猫",
        "../../etc/passwd, _.._etc_passwd",
        "C:\\x, C__x",
        ".hidden, hidden",
        "dots..., dots",
        "CON, _CON",
        "con.txt, _con.txt",
        "Lpt1, _Lpt1",
        "console, console",
        "100%#?, 100___"
    })
    void unsafePartsAreReplaced(String wish, String name) {
        assertThat(SaveName.of(wish, any -> true)).contains(name);
    }

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"", " ", "none", "None", "...", ". ."})
    void someWishesAreNone(String wish) {
        assertThat(SaveName.of(wish, any -> true)).isEmpty();
    }

    @Test
    void controlsAndInvisibleMarksAreReplaced() {
        assertThat(SaveName.of("a\u0000b\u202Ec\u2028d\uD800e\nf", any -> true)).contains("a_b_c_d_e_f");
    }

    @Test
    void whatTheFileSystemCannotWriteBecomesAscii() {
        assertThat(SaveName.of("Käse", name -> name.chars().allMatch(c -> c < 128)))
                .contains("K_se");
    }

    @Test
    void longNamesAreCutBetweenCharacters() {
        String name = SaveName.of("\uD83D\uDE00".repeat(500), any -> true).orElseThrow();
        assertThat(name).isEqualTo("\uD83D\uDE00".repeat(45));
    }

    @Test
    void anyTextMakesOneShortPlainNameOrNone() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 2000; round++) {
            StringBuilder wish = new StringBuilder();
            random.ints(random.nextInt(300), 0, random.nextBoolean() ? 128 : Character.MAX_CODE_POINT + 1)
                    .forEach(wish::appendCodePoint);
            SaveName.of(wish.toString(), any -> true)
                    .ifPresent(name -> assertThat(name)
                            .as("seed %d", seed)
                            .isNotEmpty()
                            .doesNotStartWith(".")
                            .doesNotContainPattern("[/\\\\:\\p{Cc}\\p{Cs}]")
                            .satisfies(text -> assertThat(text.getBytes(StandardCharsets.UTF_8).length)
                                    .isLessThanOrEqualTo(181)));
        }
    }
}
