package dev.darkroom.text;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Byte-pair encoding (Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units"): the pair of
 * neighbours that was learned first is joined until no learned pair is left.
 */
final class BytePairs {
    private static final int REMEMBERED = 4096;

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
        synchronized (remembered) {
            remembered.put(word, pieces);
        }
        return pieces;
    }

    private List<String> join(String word) {
        List<String> pieces = new ArrayList<>();
        for (int i = 0; i < word.length(); i++) {
            pieces.add(word.charAt(i) + (i == word.length() - 1 ? "</w>" : ""));
        }
        while (pieces.size() > 1) {
            int best = Integer.MAX_VALUE;
            int at = -1;
            for (int i = 0; i < pieces.size() - 1; i++) {
                int rank = ranks.getOrDefault(new Pair(pieces.get(i), pieces.get(i + 1)), Integer.MAX_VALUE);
                if (rank < best) {
                    best = rank;
                    at = i;
                }
            }
            if (at < 0) {
                break;
            }
            pieces.set(at, pieces.get(at) + pieces.remove(at + 1));
        }
        return List.copyOf(pieces);
    }
}
