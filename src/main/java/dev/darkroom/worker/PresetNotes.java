package dev.darkroom.worker;

import dev.darkroom.image.GenerationParameters;
import dev.darkroom.prompt.LoraWeight;
import dev.darkroom.prompt.Preset;
import java.util.ArrayList;
import java.util.List;

/** Says what of a preset could not be had. */
final class PresetNotes {

    private PresetNotes() {}

    /**
     * Returns one sentence each.
     *
     * @param model that the images are made with, chosen when the task was submitted
     */
    static List<String> of(Preset preset, String model) {
        List<String> notes = new ArrayList<>();
        if (preset.values().get("base_model_name") instanceof String wanted
                && !stem(wanted).equals(stem(model))) {
            notes.add("The preset %s is meant for the model %s; this is %s.".formatted(preset.name(), wanted, model));
        }
        if (preset.values().get("refiner_model_name") instanceof String refiner && !refiner.equals("None")) {
            notes.add("The refiner %s of the preset %s was left out.".formatted(refiner, preset.name()));
        }
        if (preset.values().get("vae_name") instanceof String vae && !vae.equals(GenerationParameters.OWN_VAE)) {
            notes.add("The VAE %s of the preset %s was left out for the model's own.".formatted(vae, preset.name()));
        }
        return notes;
    }

    private static String stem(String file) {
        return new LoraWeight(file, 1).stem();
    }
}
