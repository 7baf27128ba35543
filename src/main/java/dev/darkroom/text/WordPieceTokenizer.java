package dev.darkroom.text;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** BERT's tokenizer: each word is cut, from its start, into the longest pieces that the vocabulary has. */
final class WordPieceTokenizer extends MarkedTokenizer {
    private static final int LONGEST_WORD = 100;
    private static final List<String> SPECIAL = List.of("[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]");

    private final BertText text;
    private final SpecialTokens special;
    private final int unknown;

    /**
     * @param vocabulary numbers by piece; a piece that continues a word starts with {@code ##}
     * @param text how a text becomes words
     * @param limit most tokens that the model takes
     * @throws TokenizerException if a special token is missing
     */
    WordPieceTokenizer(Map<String, Integer> vocabulary, BertText text, int limit) throws TokenizerException {
        super("WordPiece", vocabulary, limit, "[CLS]", "[SEP]", vocabulary.containsKey("[PAD]") ? "[PAD]" : "[SEP]");
        this.text = text;
        this.unknown = required("[UNK]");
        Map<String, Integer> ids = new LinkedHashMap<>();
        SPECIAL.forEach(token -> {
            Integer id = vocabulary.get(token);
            if (id != null) {
                ids.put(token, id);
            }
        });
        this.special = new SpecialTokens(ids);
    }

    @Override
    public List<Word> words(String prompt, int enough) {
        Words words = new Words(enough);
        special.split(prompt, plain -> addWords(plain, words), words::add);
        return words.toList();
    }

    private void addWords(String plain, Words words) {
        if (words.enough()) {
            return;
        }
        for (String spelling : text.words(plain)) {
            if (words.enough()) {
                return;
            }
            words.add(spelling, pieces(spelling));
        }
    }

    private int[] pieces(String word) {
        List<Integer> pieces = word.codePointCount(0, word.length()) > LONGEST_WORD ? null : knownPieces(word);
        return pieces == null
                ? new int[] {unknown}
                : pieces.stream().mapToInt(Integer::intValue).toArray();
    }

    private @Nullable List<Integer> knownPieces(String word) {
        List<Integer> pieces = new ArrayList<>();
        int from = 0;
        while (from < word.length()) {
            Integer id = null;
            int to = word.length();
            for (; to > from; to--) {
                String piece = word.substring(from, to);
                id = vocabulary().get(from == 0 ? piece : "##" + piece);
                if (id != null) {
                    break;
                }
            }
            if (id == null) {
                return null;
            }
            pieces.add(id);
            from = to;
        }
        return pieces;
    }

    @Override
    public boolean padded() {
        return false;
    }
}
