package dev.darkroom.model;

import dev.darkroom.text.TinyClipVocabulary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The files of a {@code tokenizer} folder with a vocabulary of a few hundred pieces that can spell any ASCII word. */
record TinyVocabulary(int size, Map<String, String> files) {

    private static final String WORDS =
            "a the of in on and with red green blue yellow cat dog house tree sun car apple ##s";

    static TinyVocabulary wordPiece() {
        List<String> pieces = new ArrayList<>(List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"));
        for (char c = '!'; c <= '~'; c++) {
            if (!Character.isUpperCase(c)) {
                pieces.add(String.valueOf(c));
                if (Character.isLetterOrDigit(c)) {
                    pieces.add("##" + c);
                }
            }
        }
        for (String word : WORDS.split(" ")) {
            if (!pieces.contains(word)) {
                pieces.add(word);
            }
        }
        Map<String, String> files = new TreeMap<>();
        files.put("vocab.txt", String.join("\n", pieces) + "\n");
        files.put("tokenizer_config.json", """
                {"tokenizer_class": "BertTokenizer", "do_lower_case": true, "model_max_length": 16}
                """);
        return new TinyVocabulary(pieces.size(), files);
    }

    static TinyVocabulary clip() {
        TinyClipVocabulary vocabulary = TinyClipVocabulary.create();
        return new TinyVocabulary(vocabulary.size(), vocabulary.files());
    }

    void write(Path modelFolder) throws IOException {
        Path folder = Files.createDirectories(modelFolder.resolve("tokenizer"));
        for (Map.Entry<String, String> file : files.entrySet()) {
            Files.writeString(folder.resolve(file.getKey()), file.getValue());
        }
    }
}
