package dev.darkroom.text;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Byte-pair encoding (Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units"): the pair of
 * neighbours that was learned first is joined until no learned pair is left.
 */
final class BytePairs {
    private static final int REMEMBERED = 4096;

    /** Longer words are no words, seldom come again, and would fill the memory. */
    private static final int LONGEST_REMEMBERED = 64;

    /** Two neighbours. */
    record Pair(String left, String right) {}

    private final Map<Pair, Integer> ranks;
    private final Map<String, List<String>> remembered = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, List<String>> eldest) {
            return size() > REMEMBERED;
        }
    };

    /** @param merges in the order in which they were learned */
    BytePairs(List<Pair> merges) {
        ranks = new HashMap<>();
        for (int rank = 0; rank < merges.size(); rank++) {
            ranks.putIfAbsent(merges.get(rank), rank);
        }
    }

    /** Returns the pieces of a word, whose last letter stands with {@code </w>}. Safe from any thread. */
    List<String> pieces(String word) {
        synchronized (remembered) {
            List<String> known = remembered.get(word);
            if (known != null) {
                return known;
            }
        }
        List<String> pieces = join(word);
        if (word.length() <= LONGEST_REMEMBERED) {
            synchronized (remembered) {
                remembered.put(word, pieces);
            }
        }
        return pieces;
    }

    private List<String> join(String word) {
        List<String> pieces = new ArrayList<>();
        for (int i = 0; i < word.length(); i++) {
            pieces.add(word.charAt(i) + (i == word.length() - 1 ? "</w>" : ""));
        }
        for (Pair first = firstLearned(pieces); first != null; first = firstLearned(pieces)) {
            pieces = joined(pieces, first);
        }
        return List.copyOf(pieces);
    }

    private @Nullable Pair firstLearned(List<String> pieces) {
        Pair first = null;
        int lowest = Integer.MAX_VALUE;
        for (int i = 0; i < pieces.size() - 1; i++) {
            Pair pair = new Pair(pieces.get(i), pieces.get(i + 1));
            int rank = ranks.getOrDefault(pair, Integer.MAX_VALUE);
            if (rank < lowest) {
                lowest = rank;
                first = pair;
            }
        }
        return first;
    }

    /** Joins the pair wherever it stands, from left to right. */
    private static List<String> joined(List<String> pieces, Pair pair) {
        List<String> joined = new ArrayList<>(pieces.size());
        for (int i = 0; i < pieces.size(); i++) {
            String piece = pieces.get(i);
            if (i + 1 < pieces.size()
                    && piece.equals(pair.left())
                    && pieces.get(i + 1).equals(pair.right())) {
                joined.add(piece + pair.right());
                i++;
            } else {
                joined.add(piece);
            }
        }
        return joined;
    }
}
