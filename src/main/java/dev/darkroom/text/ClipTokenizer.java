package dev.darkroom.text;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** CLIP's tokenizer: lower case, words by a pattern, bytes as letters, byte pairs joined. */
final class ClipTokenizer extends MarkedTokenizer {
    static final String START = "<|startoftext|>";
    static final String END = "<|endoftext|>";
    private static final Pattern SPACES = Pattern.compile("\\p{IsWhite_Space}+");
    private static final Pattern WORDS =
            Pattern.compile("'s|'t|'re|'ve|'m|'ll|'d|\\p{L}+|\\p{N}|[^\\p{IsWhite_Space}\\p{L}\\p{N}]+");

    private final BytePairs pairs;
    private final int longestPiece;
    private final SpecialTokens special;

    /**
     * @param vocabulary numbers by piece; a piece that ends a word ends with {@code </w>}
     * @param pairs the learned merges
     * @param limit most tokens that the model takes
     * @param padding the token that fills up
     * @throws TokenizerException if a special token is missing
     */
    ClipTokenizer(Map<String, Integer> vocabulary, BytePairs pairs, int limit, String padding)
            throws TokenizerException {
        super("CLIP", vocabulary, limit, START, END, padding);
        this.pairs = pairs;
        this.longestPiece =
                vocabulary.keySet().stream().mapToInt(String::length).max().orElse(1);
        Map<String, Integer> ids = new LinkedHashMap<>();
        ids.put(START, start());
        ids.put(END, end());
        this.special = new SpecialTokens(ids);
    }

    @Override
    public List<Word> words(String text, int enough) {
        Words words = new Words(enough);
        String clean = LowerCase.of(
                SPACES.matcher(Normalizer.normalize(text, Normalizer.Form.NFC)).replaceAll(" "));
        special.split(clean, plain -> addWords(plain, enough, words), words::add);
        return words.toList();
    }

    private void addWords(String text, int enough, Words words) {
        Matcher matcher = WORDS.matcher(text);
        while (!words.enough() && matcher.find()) {
            words.add(matcher.group(), tokens(matcher.group(), enough));
        }
    }

    private int[] tokens(String word, int enough) {
        byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
        int read = (int) Math.min(bytes.length, (enough + 1L) * longestPiece);
        StringBuilder letters = new StringBuilder(read);
        for (int i = 0; i < read; i++) {
            letters.append(ByteLetters.letter(bytes[i]));
        }
        // a byte that the vocabulary lacks is an end mark, as in the original
        return pairs.pieces(letters.toString()).stream()
                .mapToInt(piece -> vocabulary().getOrDefault(piece, end()))
                .toArray();
    }

    @Override
    public boolean padded() {
        return true;
    }
}
