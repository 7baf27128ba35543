package dev.darkroom.prompt;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Which of the wanted LoRAs are used: those of the request before those of its prompt, each once, five at most. */
final class LoraSelection {

    private static final int MOST = 5;

    private final LoraCatalogue catalogue;

    LoraSelection(LoraCatalogue catalogue) {
        this.catalogue = catalogue;
    }

    List<LoraWeight> select(List<LoraWeight> asked, List<LoraWeight> inline, List<String> notes) {
        Map<String, LoraWeight> wanted = new LinkedHashMap<>();
        asked.forEach(lora -> wanted.putIfAbsent(lora.stem(), lora));
        inline.forEach(lora -> wanted.putIfAbsent(lora.stem(), lora));
        List<LoraWeight> chosen = new ArrayList<>();
        for (LoraWeight lora : wanted.values()) {
            if (!catalogue.has(lora.stem())) {
                notes.add("The LoRA %s is not installed, so it was left out.".formatted(lora.stem()));
            } else if (chosen.size() == MOST) {
                notes.add("The LoRA %s was left out: %d are used at most.".formatted(lora.stem(), MOST));
            } else {
                chosen.add(lora);
            }
        }
        return chosen;
    }
}
