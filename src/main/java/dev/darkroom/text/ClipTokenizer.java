package dev.darkroom.text;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** CLIP's tokenizer: lower case, words by a pattern, bytes as letters, byte pairs joined. */
final class ClipTokenizer implements Tokenizer {
    static final String START = "<|startoftext|>";
    static final String END = "<|endoftext|>";
    private static final Pattern SPACES = Pattern.compile("\\p{IsWhite_Space}+");
    private static final Pattern WORDS =
            Pattern.compile("'s|'t|'re|'ve|'m|'ll|'d|\\p{L}+|\\p{N}|[^\\p{IsWhite_Space}\\p{L}\\p{N}]+");

    private final Map<String, Integer> vocabulary;
    private final BytePairs pairs;
    private final int longestPiece;
    private final int limit;
    private final int padding;
    private final int start;
    private final int end;
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
        this.vocabulary = vocabulary;
        this.pairs = pairs;
        this.longestPiece =
                vocabulary.keySet().stream().mapToInt(String::length).max().orElse(1);
        this.limit = limit;
        this.start = required(START);
        this.end = required(END);
        this.padding = required(padding);
        Map<String, Integer> ids = new LinkedHashMap<>();
        ids.put(START, start);
        ids.put(END, end);
        this.special = new SpecialTokens(ids);
    }

    private int required(String token) throws TokenizerException {
        Integer id = vocabulary.get(token);
        if (id == null) {
            throw new TokenizerException("The CLIP vocabulary has no " + token);
        }
        return id;
    }

    @Override
    public int[] encode(String prompt, int limit) {
        List<Integer> ids = new ArrayList<>();
        String clean = LowerCase.of(SPACES.matcher(Normalizer.normalize(prompt, Normalizer.Form.NFC))
                .replaceAll(" "));
        special.split(clean, plain -> addPieces(plain, limit, ids), ids::add);
        return Framed.of(ids, start, end, limit);
    }

    /** Reads no more than {@code limit} tokens can hold: what it costs must not grow with a text that is cut anyway. */
    private void addPieces(String text, int limit, List<Integer> ids) {
        Matcher words = WORDS.matcher(text);
        while (ids.size() < limit && words.find()) {
            byte[] word = words.group().getBytes(StandardCharsets.UTF_8);
            StringBuilder letters = new StringBuilder();
            for (int i = 0; i < Math.min(word.length, (limit + 1) * longestPiece); i++) {
                letters.append(ByteLetters.letter(word[i]));
            }
            // a byte that the vocabulary lacks is an end mark, as in the original
            pairs.pieces(letters.toString()).forEach(piece -> ids.add(vocabulary.getOrDefault(piece, end)));
        }
    }

    @Override
    public int limit() {
        return limit;
    }

    @Override
    public int padding() {
        return padding;
    }

    @Override
    public int vocabularySize() {
        return vocabulary.size();
    }

    @Override
    public boolean padded() {
        return true;
    }
}
