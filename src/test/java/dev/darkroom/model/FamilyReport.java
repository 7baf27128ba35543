package dev.darkroom.model;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes how far each family is off into {@code docs/families.md}, between its marks. Run from the project's folder. */
public final class FamilyReport {
    private FamilyReport() {}

    /** @param arguments none */
    public static void main(String[] arguments) throws Exception {
        List<FamilyComparison.Figures> measured = new ArrayList<>();
        Path models = Files.createTempDirectory("families");
        OnnxModelLoader loader = new OnnxModelLoader(new DeviceConfig(DeviceConfig.Choice.CPU, 1, 0));
        for (String name : FamilyArchive.unpack(models)) {
            ModelFolder folder = new ModelFolder(name, models.resolve(name), ModelDefaults.NONE, null);
            try (LoadedModel model = loader.load(folder)) {
                measured.add(FamilyComparison.compare(model, folder));
            }
        }
        FamilyPage.write(measured);
    }
}
