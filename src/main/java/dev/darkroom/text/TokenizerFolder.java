package dev.darkroom.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Opens a {@code tokenizer} folder as diffusers and Optimum write it: {@code vocab.json} with {@code merges.txt} (CLIP),
 * {@code vocab.txt} (BERT), or {@code tokenizer.json} with either.
 */
public final class TokenizerFolder {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Configurations write "no limit" as a huge number. */
    private static final int MOST_TOKENS = 8192;

    private final Path folder;
    private final JsonNode configuration;

    private TokenizerFolder(Path folder) throws TokenizerException {
        this.folder = folder;
        this.configuration = json("tokenizer_config.json");
    }

    /**
     * Reads a tokenizer. Blocks.
     *
     * @throws TokenizerException if the folder holds none that is known, with the reason
     */
    public static Tokenizer open(Path folder) throws TokenizerException {
        return new TokenizerFolder(folder).read();
    }

    private Tokenizer read() throws TokenizerException {
        if (has("vocab.json") && has("merges.txt")) {
            return clip(ids(json("vocab.json")), merges(lines("merges.txt")));
        }
        if (has("vocab.txt")) {
            Map<String, Integer> ids = new HashMap<>();
            List<String> lines = lines("vocab.txt");
            for (int id = 0; id < lines.size(); id++) {
                ids.put(lines.get(id), id);
            }
            return wordPiece(ids, json("tokenizer.json"));
        }
        JsonNode whole = json("tokenizer.json");
        String type = whole.path("model").path("type").asText();
        JsonNode model = whole.path("model");
        if (type.equals("WordPiece")) {
            return wordPiece(ids(model.path("vocab")), whole);
        }
        if (type.equals("BPE")) {
            return clip(ids(model.path("vocab")), merges(model.path("merges")));
        }
        if (whole.isMissingNode()) {
            throw new TokenizerException(
                    "%s has neither vocab.json with merges.txt, nor vocab.txt, nor tokenizer.json".formatted(folder));
        }
        throw new TokenizerException(
                "%s holds a tokenizer of type \"%s\", but only BPE and WordPiece are known".formatted(folder, type));
    }

    private Tokenizer wordPiece(Map<String, Integer> ids, JsonNode whole) throws TokenizerException {
        JsonNode normalizer = whole.path("normalizer");
        boolean lowerCase = configuration
                .path("do_lower_case")
                .asBoolean(normalizer.path("lowercase").asBoolean(true));
        JsonNode accents = configuration.hasNonNull("strip_accents")
                ? configuration.path("strip_accents")
                : normalizer.path("strip_accents");
        boolean ideographs = normalizer.path("handle_chinese_chars").asBoolean(true);
        return new WordPieceTokenizer(
                ids, new BertText(lowerCase, accents.asBoolean(lowerCase), ideographs), limit(512));
    }

    private Tokenizer clip(Map<String, Integer> ids, List<BytePairs.Pair> merges) throws TokenizerException {
        JsonNode named = json("special_tokens_map.json").path("pad_token");
        if (named.isMissingNode() || named.isNull()) {
            named = configuration.path("pad_token");
        }
        String padding = named.path("content").asText(named.asText());
        return new ClipTokenizer(
                ids, new BytePairs(merges), limit(77), padding.isEmpty() ? ClipTokenizer.END : padding);
    }

    private int limit(int fallback) {
        double stated = configuration.path("model_max_length").asDouble(fallback);
        return stated >= 2 && stated <= MOST_TOKENS ? (int) stated : fallback;
    }

    private Map<String, Integer> ids(JsonNode vocabulary) throws TokenizerException {
        if (!vocabulary.isObject() || vocabulary.isEmpty()) {
            throw new TokenizerException("The vocabulary in %s is not a list of tokens and numbers".formatted(folder));
        }
        Map<String, Integer> ids = new HashMap<>();
        vocabulary
                .fields()
                .forEachRemaining(
                        entry -> ids.put(entry.getKey(), entry.getValue().asInt()));
        return ids;
    }

    private List<BytePairs.Pair> merges(List<String> lines) throws TokenizerException {
        List<BytePairs.Pair> merges = new ArrayList<>();
        for (String line : lines) {
            if (!line.startsWith("#version") && !line.isBlank()) {
                merges.add(pair(line));
            }
        }
        return merges;
    }

    private List<BytePairs.Pair> merges(JsonNode list) throws TokenizerException {
        List<BytePairs.Pair> merges = new ArrayList<>();
        for (JsonNode merge : list) {
            merges.add(
                    merge.isArray()
                            ? new BytePairs.Pair(
                                    merge.path(0).asText(), merge.path(1).asText())
                            : pair(merge.asText()));
        }
        return merges;
    }

    private BytePairs.Pair pair(String line) throws TokenizerException {
        String[] sides = line.trim().split(" ");
        if (sides.length != 2) {
            throw new TokenizerException("A merge in %s is not two pieces: \"%s\"".formatted(folder, line));
        }
        return new BytePairs.Pair(sides[0], sides[1]);
    }

    private boolean has(String name) {
        return Files.isRegularFile(folder.resolve(name));
    }

    private List<String> lines(String name) throws TokenizerException {
        try {
            return Files.readAllLines(folder.resolve(name));
        } catch (IOException e) {
            throw new TokenizerException("%s can't be read".formatted(folder.resolve(name)), e);
        }
    }

    private JsonNode json(String name) throws TokenizerException {
        if (!has(name)) {
            return MissingNode.getInstance();
        }
        try {
            return JSON.readTree(folder.resolve(name).toFile());
        } catch (IOException e) {
            throw new TokenizerException("%s is not valid JSON".formatted(folder.resolve(name)), e);
        }
    }
}
