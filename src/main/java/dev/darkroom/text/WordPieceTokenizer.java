package dev.darkroom.text;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** BERT's tokenizer: each word is cut, from its start, into the longest pieces that the vocabulary has. */
final class WordPieceTokenizer implements Tokenizer {
    private static final int LONGEST_WORD = 100;
    private static final List<String> SPECIAL = List.of("[CLS]", "[SEP]", "[PAD]", "[UNK]", "[MASK]");

    private final Map<String, Integer> vocabulary;
    private final BertText text;
    private final int limit;
    private final SpecialTokens special;
    private final int start;
    private final int end;
    private final int unknown;
    private final int padding;

    /**
     * @param vocabulary numbers by piece; a piece that continues a word starts with {@code ##}
     * @param text how a text becomes words
     * @param limit most tokens that the model takes
     * @throws TokenizerException if a special token is missing
     */
    WordPieceTokenizer(Map<String, Integer> vocabulary, BertText text, int limit) throws TokenizerException {
        this.vocabulary = vocabulary;
        this.text = text;
        this.limit = limit;
        this.start = required("[CLS]");
        this.end = required("[SEP]");
        this.unknown = required("[UNK]");
        this.padding = vocabulary.getOrDefault("[PAD]", 0);
        Map<String, Integer> ids = new LinkedHashMap<>();
        SPECIAL.forEach(token -> {
            Integer id = vocabulary.get(token);
            if (id != null) {
                ids.put(token, id);
            }
        });
        this.special = new SpecialTokens(ids);
    }

    private int required(String token) throws TokenizerException {
        Integer id = vocabulary.get(token);
        if (id == null) {
            throw new TokenizerException("The WordPiece vocabulary has no " + token);
        }
        return id;
    }

    @Override
    public int[] encode(String prompt, int limit) {
        List<Integer> ids = new ArrayList<>();
        special.split(prompt, plain -> text.words(plain).forEach(word -> addPieces(word, ids)), ids::add);
        return Framed.of(ids, start, end, limit);
    }

    private void addPieces(String word, List<Integer> ids) {
        List<Integer> pieces = word.codePointCount(0, word.length()) > LONGEST_WORD ? null : pieces(word);
        if (pieces == null) {
            ids.add(unknown);
        } else {
            ids.addAll(pieces);
        }
    }

    private @Nullable List<Integer> pieces(String word) {
        List<Integer> pieces = new ArrayList<>();
        int from = 0;
        while (from < word.length()) {
            Integer id = null;
            int to = word.length();
            for (; to > from; to--) {
                String piece = word.substring(from, to);
                id = vocabulary.get(from == 0 ? piece : "##" + piece);
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
        return false;
    }
}
