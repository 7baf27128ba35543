package dev.darkroom.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Opens a {@code tokenizer} folder as diffusers and Optimum write it: {@code vocab.json} with {@code merges.txt} (CLIP),
 * {@code vocab.txt} (BERT), or {@code tokenizer.json} with either.
 */
public final class TokenizerFolder {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String CONFIGURATION = "tokenizer_config.json";
    private static final String WHOLE = "tokenizer.json";

    /** Configurations write "no limit" as a huge number. */
    private static final int MOST_TOKENS = 8192;

    private final Path folder;
    private final @Nullable Integer known;
    private final JsonNode configuration;

    private TokenizerFolder(Path folder, @Nullable Integer known) throws TokenizerException {
        this.folder = folder;
        this.known = known;
        this.configuration = object(CONFIGURATION);
    }

    /**
     * Reads a tokenizer. Blocks.
     *
     * @param known how many tokens the text encoder knows, or null if that is not said anywhere
     * @throws TokenizerException if the folder holds none that is known, or one with other tokens, with the reason
     */
    public static Tokenizer open(Path folder, @Nullable Integer known) throws TokenizerException {
        return new TokenizerFolder(folder, known).read();
    }

    private Tokenizer read() throws TokenizerException {
        if (has("vocab.json") && has("merges.txt")) {
            return clip(ids("vocab.json").read(json("vocab.json")), merges(lines("merges.txt")));
        }
        if (has("vocab.txt")) {
            return wordPiece(ids("vocab.txt").count(lines("vocab.txt")), object(WHOLE));
        }
        JsonNode whole = object(WHOLE);
        String type = whole.path("model").path("type").asText();
        JsonNode model = whole.path("model");
        if (type.equals("WordPiece")) {
            return wordPiece(ids(WHOLE).read(model.path("vocab")), whole);
        }
        if (type.equals("BPE")) {
            return clip(ids(WHOLE).read(model.path("vocab")), merges(model.path("merges")));
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
        boolean lowerCase =
                flag(CONFIGURATION, configuration, "do_lower_case", flag(WHOLE, normalizer, "lowercase", true));
        boolean accents = flag(
                CONFIGURATION, configuration, "strip_accents", flag(WHOLE, normalizer, "strip_accents", lowerCase));
        boolean ideographs = flag(WHOLE, normalizer, "handle_chinese_chars", true);
        return new WordPieceTokenizer(ids, new BertText(lowerCase, accents, ideographs), limit(512));
    }

    private Tokenizer clip(Map<String, Integer> ids, List<BytePairs.Pair> merges) throws TokenizerException {
        JsonNode named = object("special_tokens_map.json").path("pad_token");
        if (named.isMissingNode() || named.isNull()) {
            named = configuration.path("pad_token");
        }
        String padding = named.path("content").asText(named.asText());
        return new ClipTokenizer(
                ids, new BytePairs(merges), limit(77), padding.isEmpty() ? ClipTokenizer.END : padding);
    }

    private int limit(int fallback) throws TokenizerException {
        JsonNode stated = configuration.path("model_max_length");
        if (!configuration.hasNonNull("model_max_length")) {
            return fallback;
        }
        if (!stated.isNumber()) {
            throw wrong(CONFIGURATION, "model_max_length", "a number", stated);
        }
        double limit = stated.doubleValue();
        return limit >= 2 && limit <= MOST_TOKENS ? (int) limit : fallback;
    }

    private boolean flag(String file, JsonNode fields, String key, boolean fallback) throws TokenizerException {
        if (!fields.hasNonNull(key)) {
            return fallback;
        }
        if (!fields.get(key).isBoolean()) {
            throw wrong(file, key, "true or false", fields.get(key));
        }
        return fields.get(key).booleanValue();
    }

    private TokenizerException wrong(String file, String key, String expected, JsonNode found) {
        return new TokenizerException(
                "%s: %s must be %s, found %s".formatted(folder.resolve(file), key, expected, found));
    }

    private VocabularyIds ids(String file) {
        return new VocabularyIds(folder.resolve(file), known);
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

    /** Returns what a file says, or a missing node if there is no such file. */
    private JsonNode object(String name) throws TokenizerException {
        JsonNode node = json(name);
        if (!node.isObject() && !node.isMissingNode()) {
            throw new TokenizerException("%s holds no JSON object".formatted(folder.resolve(name)));
        }
        return node;
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
