package dev.darkroom.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A CLIP vocabulary with all bytes and a handful of merges, as the files of a {@code tokenizer} folder.
 *
 * @param size number of tokens
 * @param files contents by file name
 */
public record TinyClipVocabulary(int size, Map<String, String> files) {

    private static final List<String> MERGES =
            List.of("t h", "th e</w>", "c a", "ca t</w>", "d o", "do g</w>", "r e", "re d</w>", "i n", "in g</w>");

    /** Returns the vocabulary. */
    public static TinyClipVocabulary create() {
        Map<String, Integer> ids = new LinkedHashMap<>();
        for (int value = 0; value < 256; value++) {
            ids.put(String.valueOf(ByteLetters.letter((byte) value)), ids.size());
        }
        for (int value = 0; value < 256; value++) {
            ids.put(ByteLetters.letter((byte) value) + "</w>", ids.size());
        }
        MERGES.forEach(merge -> ids.put(merge.replace(" ", ""), ids.size()));
        ids.put("<|startoftext|>", ids.size());
        ids.put("<|endoftext|>", ids.size());
        try {
            return new TinyClipVocabulary(
                    ids.size(),
                    Map.of(
                            "vocab.json",
                            new ObjectMapper().writeValueAsString(ids),
                            "merges.txt",
                            "#version: 0.2\n" + String.join("\n", MERGES) + "\n",
                            "tokenizer_config.json",
                            "{\"tokenizer_class\": \"CLIPTokenizer\", \"model_max_length\": 77,"
                                    + " \"pad_token\": \"<|endoftext|>\"}"));
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
