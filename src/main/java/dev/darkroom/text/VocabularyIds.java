package dev.darkroom.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the numbers of a vocabulary's pieces. A text encoder takes whatever it is told for its tokens, so that wrong
 * numbers would show in pictures alone.
 *
 * @param file that states them
 * @param known how many tokens the text encoder knows, or null: as many as the vocabulary has
 */
record VocabularyIds(Path file, @Nullable Integer known) {

    /** @throws TokenizerException naming the file and the first piece whose number is none or not the encoder's */
    Map<String, Integer> read(JsonNode vocabulary) throws TokenizerException {
        if (!vocabulary.isObject() || vocabulary.isEmpty()) {
            throw new TokenizerException("The vocabulary in %s is not a list of tokens and numbers".formatted(file));
        }
        int most = (known == null ? vocabulary.size() : known) - 1;
        Map<String, Integer> ids = new HashMap<>();
        for (Iterator<Map.Entry<String, JsonNode>> pieces = vocabulary.fields(); pieces.hasNext(); ) {
            Map.Entry<String, JsonNode> piece = pieces.next();
            JsonNode id = piece.getValue();
            if (!id.isIntegralNumber() || !id.canConvertToInt() || id.intValue() < 0 || id.intValue() > most) {
                throw new TokenizerException("%s: the token \"%s\" must have a whole number from 0 to %d, found %s"
                        .formatted(file, piece.getKey(), most, id));
            }
            ids.put(piece.getKey(), id.intValue());
        }
        return ids;
    }

    /** Numbers lines from 0. */
    Map<String, Integer> count(Iterable<String> lines) throws TokenizerException {
        Map<String, Integer> ids = new HashMap<>();
        int next = 0;
        for (String line : lines) {
            ids.put(line, next++);
        }
        if (known != null && next > known) {
            throw new TokenizerException(
                    "%s has %d tokens, but the text encoder knows %d".formatted(file, next, known));
        }
        return ids;
    }
}
