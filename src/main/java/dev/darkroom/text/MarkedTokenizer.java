package dev.darkroom.text;

import java.util.List;
import java.util.Map;

/** What tokenizers share: a vocabulary, and marks at a text's start and end. */
abstract sealed class MarkedTokenizer implements Tokenizer permits ClipTokenizer, WordPieceTokenizer {
    private final String kind;
    private final Map<String, Integer> vocabulary;
    private final int limit;
    private final int start;
    private final int end;
    private final int padding;

    /**
     * @param kind for messages, such as "CLIP"
     * @param vocabulary numbers by piece
     * @param limit most tokens that the model takes
     * @param start the mark's spelling
     * @param end the mark's spelling
     * @param padding the spelling of what fills up
     * @throws TokenizerException if the vocabulary lacks one of the three
     */
    MarkedTokenizer(String kind, Map<String, Integer> vocabulary, int limit, String start, String end, String padding)
            throws TokenizerException {
        this.kind = kind;
        this.vocabulary = vocabulary;
        this.limit = limit;
        this.start = required(start);
        this.end = required(end);
        this.padding = required(padding);
    }

    /** @throws TokenizerException if there is no such token */
    final int required(String token) throws TokenizerException {
        Integer id = vocabulary.get(token);
        if (id == null) {
            throw new TokenizerException("The %s vocabulary has no %s".formatted(kind, token));
        }
        return id;
    }

    final Map<String, Integer> vocabulary() {
        return vocabulary;
    }

    @Override
    public final int[] encode(String text, int most) {
        if (most < 2) {
            throw new IllegalArgumentException("A start and an end mark do not fit into " + most + " tokens");
        }
        List<Word> words = words(text, most);
        int count = words.stream().mapToInt(word -> word.ids().length).sum();
        int[] framed = new int[Math.min(count, most - 2) + 2];
        framed[0] = start;
        int at = 1;
        for (Word word : words) {
            int kept = Math.min(word.ids().length, framed.length - 1 - at);
            System.arraycopy(word.ids(), 0, framed, at, kept);
            at += kept;
        }
        framed[framed.length - 1] = end;
        return framed;
    }

    @Override
    public final int limit() {
        return limit;
    }

    @Override
    public final int start() {
        return start;
    }

    @Override
    public final int end() {
        return end;
    }

    @Override
    public final int padding() {
        return padding;
    }

    @Override
    public final int vocabularySize() {
        return vocabulary.size();
    }
}
