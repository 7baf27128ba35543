package dev.darkroom.worker;

import dev.darkroom.prompt.LoraWeight;
import dev.darkroom.prompt.Preset;
import dev.darkroom.prompt.StockRequest;
import dev.darkroom.task.TaskRequest;
import java.util.ArrayList;
import java.util.List;

/** What a request asks for beside its prompt: its own LoRAs, or those of its preset if it leaves them open. */
final class RequestedLoras {

    private RequestedLoras() {}

    static List<LoraWeight> of(TaskRequest request, Preset preset) {
        List<LoraWeight> own = new ArrayList<>();
        List<Object> flat = request.loras() == null ? List.of() : request.loras();
        for (int i = 0; i + 2 < flat.size(); i += 3) {
            boolean used = Boolean.TRUE.equals(flat.get(i))
                    && flat.get(i + 1) instanceof String name
                    && !name.isBlank()
                    && !name.equalsIgnoreCase("None");
            if (used && flat.get(i + 2) instanceof Number weight) {
                own.add(new LoraWeight((String) flat.get(i + 1), weight.doubleValue()));
            }
        }
        own.removeIf(StockRequest::isStock);
        if (!own.isEmpty()) {
            return own;
        }
        return preset.loras().stream()
                .filter(lora -> !StockRequest.isStock(lora))
                .toList();
    }
}
