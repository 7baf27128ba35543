package dev.darkroom.text;

import java.util.ArrayList;
import java.util.List;

/** Words found so far, until their tokens are enough. */
final class Words {
    private final List<Word> words = new ArrayList<>();
    private final int enough;
    private int tokens;

    /** @param enough tokens */
    Words(int enough) {
        this.enough = enough;
    }

    boolean enough() {
        return tokens >= enough;
    }

    /** Adds a word, unless there are enough. */
    void add(String spelling, int... ids) {
        if (!enough()) {
            words.add(new Word(spelling, ids));
            tokens += ids.length;
        }
    }

    List<Word> toList() {
        return words;
    }
}
