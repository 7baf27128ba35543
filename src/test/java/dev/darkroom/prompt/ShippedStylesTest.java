package dev.darkroom.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Holds what the texts in conf/styles promise. A descriptor is what stands between two commas of a style's prompt, but
 * for the part around the user's prompt and the quality tags that Pony models were trained with.
 */
class ShippedStylesTest {

    private static final Path FOLDER = Path.of("conf", "styles");
    private static final List<String> FAMILIES = List.of("fooocus", "sai", "mre", "twri", "diva", "marc_k3nt3l");
    private static final String NAMES = "style-names.txt";

    private static final String PLACE = "{prompt}";

    /** As in Fooocus these change the negative side only, so that a prompt without other styles stays as it is. */
    private static final Set<String> NEGATIVE_ONLY =
            Set.of("Fooocus Enhance", "Fooocus Semi Realistic", "Fooocus Negative");

    private static final Pattern QUALITY_TAG = Pattern.compile("score_\\d(_up)?");
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9 ,.:/'{}_-]*");
    /** What is left where a text was edited in haste. */
    private static final Pattern SLIP = Pattern.compile("  | ,|,,|,$|^,|,\\S|^ | $");

    private static final Pattern WORD = Pattern.compile("[a-z0-9]+");
    private static final Pattern CAPITALISED = Pattern.compile("\\b[A-Z][A-Za-z]*");

    private static final Set<String> SMALL_WORDS = Set.of(
            "a", "an", "and", "as", "at", "by", "for", "from", "in", "into", "its", "no", "not", "of", "off", "on",
            "or", "over", "the", "through", "to", "under", "up", "with");

    /** Says nothing that can be painted. */
    private static final Set<String> PRAISE = Set.of(
            "4k",
            "8k",
            "amazing",
            "award",
            "beautiful",
            "best",
            "breathtaking",
            "gorgeous",
            "incredible",
            "stunning",
            "trending",
            "uhd",
            "ultra");

    private static final List<String> LIVING_ARTISTS = List.of(
            "adnate",
            "alex ross",
            "annie leibovitz",
            "anselm kiefer",
            "artgerm",
            "banksy",
            "beeple",
            "boris vallejo",
            "cindy sherman",
            "craig mullins",
            "damien hirst",
            "david hockney",
            "donato giancola",
            "frank miller",
            "gerald brom",
            "gerhard richter",
            "greg rutkowski",
            "hayao miyazaki",
            "ilya kuvshinov",
            "james jean",
            "jeff koons",
            "jim lee",
            "julie bell",
            "junji ito",
            "katsuhiro otomo",
            "kaws",
            "loish",
            "makoto shinkai",
            "nan goldin",
            "peter mohrbacher",
            "ridley scott",
            "ron english",
            "ross tran",
            "sakimichan",
            "shepard fairey",
            "simon stalenhag",
            "steve mccurry",
            "takashi murakami",
            "tim burton",
            "todd mcfarlane",
            "wes anderson",
            "wlop",
            "yayoi kusama",
            "yoji shinkawa",
            "yoshitaka amano");

    private static final List<ShippedStyle> STYLES = read();

    private record ShippedStyle(String name, String prompt, String negative) {

        String texts() {
            return prompt + " " + negative;
        }

        List<String> descriptors() {
            return phrases(prompt)
                    .filter(phrase -> !phrase.contains(PLACE))
                    .filter(phrase -> !QUALITY_TAG.matcher(phrase).matches())
                    .toList();
        }

        List<String> negatives() {
            return phrases(negative)
                    .filter(phrase -> !QUALITY_TAG.matcher(phrase).matches())
                    .toList();
        }

        private static Stream<String> phrases(String text) {
            return text.isEmpty()
                    ? Stream.empty()
                    : Arrays.stream(text.split(",", -1)).map(String::strip);
        }
    }

    @Test
    void everyPublicNameHasATextInThePublicOrder() {
        assertThat(STYLES).extracting(ShippedStyle::name).hasSize(277).isEqualTo(publicNames());
    }

    @Test
    void theUsersPromptStandsOnceInEveryPrompt() {
        assertThat(those(style -> NEGATIVE_ONLY.contains(style.name())
                        ? !style.prompt().isEmpty()
                        : style.prompt().split(Pattern.quote(PLACE), -1).length != 2))
                .isEmpty();
        assertThat(those(style -> style.negative().contains(PLACE))).isEmpty();
    }

    @Test
    void everyStyleHasEightDescriptorsOrIsNegativeOnly() {
        assertThat(those(style -> {
                    List<String> phrases =
                            NEGATIVE_ONLY.contains(style.name()) ? style.negatives() : style.descriptors();
                    return phrases.stream()
                                    .filter(phrase -> !words(List.of(phrase)).isEmpty())
                                    .distinct()
                                    .count()
                            < 8;
                }))
                .isEmpty();
    }

    @Test
    void everyStyleHasNegativesOfItsOwn() {
        assertThat(those(style -> style.negatives().stream()
                                .filter(phrase -> !words(List.of(phrase)).isEmpty())
                                .distinct()
                                .count()
                        < 4))
                .isEmpty();
    }

    @Test
    void noStyleSaysAThingTwiceOrAsksForWhatItAvoids() {
        assertThat(those(style -> {
                    List<String> phrases = Stream.concat(style.descriptors().stream(), style.negatives().stream())
                            .toList();
                    return new HashSet<>(phrases).size() < phrases.size();
                }))
                .isEmpty();
    }

    @Test
    void noDescriptorIsMerePraise() {
        assertThat(those(style -> words(style.descriptors()).stream().anyMatch(PRAISE::contains)))
                .isEmpty();
    }

    @Test
    void theDescriptorsOfAnyTwoStylesOverlapByLessThan30Percent() {
        assertThat(closest(style -> new HashSet<>(style.descriptors()), 0.3)).isEmpty();
    }

    @Test
    void evenTheSingleWordsOfAnyTwoStylesOverlapByLessThan30Percent() {
        assertThat(closest(style -> words(style.descriptors()), 0.3)).isEmpty();
    }

    @Test
    void theNegativesOfAnyTwoStylesOverlapByLessThan30Percent() {
        assertThat(closest(style -> new HashSet<>(style.negatives()), 0.3)).isEmpty();
    }

    @Test
    void evenTheSingleWordsOfAnyTwoNegativesOverlapByLessThanHalf() {
        assertThat(closest(style -> words(style.negatives()), 0.5)).isEmpty();
    }

    @Test
    void theOverlapIsTheSharedPartOfTheSmallerSet() {
        assertThat(overlap(Set.of("a", "b"), Set.of("b", "c", "d"))).isEqualTo(0.5);
        assertThat(overlap(Set.of("a"), Set.of("a", "b", "c"))).isEqualTo(1);
        assertThat(overlap(Set.of("a"), Set.of("b"))).isZero();
        assertThat(overlap(Set.of(), Set.of("b"))).isZero();
        assertThat(words(List.of("Soft shadows of glass", "in the glass")))
                .containsExactlyInAnyOrder("soft", "shadow", "glass");
    }

    @Test
    void noStyleNamesALivingArtist() {
        assertThat(those(style -> {
                    String text = " "
                            + String.join(
                                    " ",
                                    WORD.matcher(style.texts().toLowerCase(Locale.ROOT))
                                            .results()
                                            .map(MatchResult::group)
                                            .toList())
                            + " ";
                    return LIVING_ARTISTS.stream().anyMatch(name -> text.contains(" " + name + " "));
                }))
                .isEmpty();
    }

    /** Names are written with capitals and nothing else is, so a person's name can't slip in. */
    @Test
    void nobodyIsNamedButThePaintersInAStylesOwnName() {
        assertThat(those(style -> CAPITALISED
                        .matcher(style.texts().replaceFirst(" in the manner of [A-Z][A-Za-z -]+ " + surname(style), ""))
                        .find()))
                .isEmpty();
        assertThat(those(style -> CAPITALISED.matcher(style.texts()).find()))
                .containsExactly("Mk Van Gogh", "Mk Singer Sargent", "Mk Pollock", "Mk Basquiat", "Mk Andy Warhol");
    }

    @Test
    void theTextsAreOneLineOfPlainCharacters() {
        assertThat(those(style -> !PLAIN.matcher(style.texts()).matches())).isEmpty();
        assertThat(those(style -> SLIP.matcher(style.prompt()).find()
                        || SLIP.matcher(style.negative()).find()))
                .isEmpty();
    }

    /** CLIP reads 75 tokens at a time; a longer text costs a second pass and loosens what belongs together. */
    @Test
    void aShortPromptAndItsStyleFitIntoOneWindowOfTheTextEncoder() {
        assertThat(those(style -> style.prompt().split("[ ,-]+").length > 46)).isEmpty();
        assertThat(those(style -> style.negative().split("[ ,-]+").length > 55)).isEmpty();
    }

    private static String surname(ShippedStyle style) {
        return style.name().substring(style.name().lastIndexOf(' ') + 1);
    }

    /** Returns the names of the styles with a fault. */
    private static List<String> those(Predicate<ShippedStyle> fault) {
        return STYLES.stream().filter(fault).map(ShippedStyle::name).toList();
    }

    /** Returns the pairs of styles that share as much or more, and what they share. */
    private static List<String> closest(Function<ShippedStyle, Set<String>> part, double limit) {
        List<Set<String>> parts = STYLES.stream().map(part).toList();
        List<String> pairs = new ArrayList<>();
        for (int i = 0; i < parts.size(); i++) {
            for (int j = i + 1; j < parts.size(); j++) {
                if (overlap(parts.get(i), parts.get(j)) >= limit) {
                    Set<String> shared = new HashSet<>(parts.get(i));
                    shared.retainAll(parts.get(j));
                    pairs.add("%s, %s: %s"
                            .formatted(STYLES.get(i).name(), STYLES.get(j).name(), shared));
                }
            }
        }
        return pairs;
    }

    private static double overlap(Set<String> one, Set<String> other) {
        int smaller = Math.min(one.size(), other.size());
        return smaller == 0 ? 0 : (double) one.stream().filter(other::contains).count() / smaller;
    }

    private static Set<String> words(List<String> phrases) {
        return phrases.stream()
                .flatMap(phrase -> WORD.matcher(phrase.toLowerCase(Locale.ROOT)).results())
                .map(MatchResult::group)
                .filter(word -> !SMALL_WORDS.contains(word))
                .map(word -> word.length() > 3 && word.endsWith("s") && !word.endsWith("ss")
                        ? word.substring(0, word.length() - 1)
                        : word)
                .collect(Collectors.toSet());
    }

    private static List<String> publicNames() {
        try (InputStream in = ShippedStylesTest.class.getResourceAsStream(NAMES)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static List<ShippedStyle> read() {
        ObjectMapper json = new ObjectMapper();
        List<ShippedStyle> styles = new ArrayList<>();
        for (String family : FAMILIES) {
            try {
                JsonNode list = json.readTree(
                        FOLDER.resolve("sdxl_styles_%s.json".formatted(family)).toFile());
                for (JsonNode style : list) {
                    styles.add(new ShippedStyle(
                            style.path("name").asText(),
                            style.path("prompt").asText(),
                            style.path("negative_prompt").asText()));
                }
            } catch (IOException unreadable) {
                throw new UncheckedIOException(unreadable);
            }
        }
        return styles;
    }
}
