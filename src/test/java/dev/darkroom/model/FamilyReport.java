package dev.darkroom.model;

import dev.darkroom.model.FamilyComparison.Figures;
import dev.darkroom.model.FamilyComparison.Run;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Writes how far each family is off into {@code docs/families.md}, between its marks. Run from the project's folder. */
public final class FamilyReport {
    private static final Path PAGE = Path.of("docs/families.md");
    private static final String START = "<!-- figures: written by FamilyReport -->\n";
    private static final String END = "<!-- end of figures -->";

    private FamilyReport() {}

    /** @param arguments none, or a file to write only the table to */
    public static void main(String[] arguments) throws Exception {
        StringBuilder table = new StringBuilder("""
                | pipeline | hidden states | sampler | first latent | middle | last | image |
                | --- | --- | --- | --- | --- | --- | --- |
                """);
        Path models = Files.createTempDirectory("families");
        OnnxModelLoader loader = new OnnxModelLoader(new DeviceConfig(DeviceConfig.Choice.CPU, 1, 0));
        for (String name : FamilyArchive.unpack(models)) {
            ModelFolder folder = new ModelFolder(name, models.resolve(name), ModelDefaults.NONE, null);
            try (LoadedModel model = loader.load(folder)) {
                Figures figures = FamilyComparison.compare(model, folder);
                String hidden = figures.texts() == 0 ? "" : number(figures.hidden());
                String first = name;
                for (Run run : figures.runs()) {
                    table.append("| %s | %s | %s | %s | %s | %s | %d |%n"
                            .formatted(
                                    first,
                                    hidden,
                                    run.sampler(),
                                    number(run.first()),
                                    number(run.middle()),
                                    number(run.last()),
                                    run.image()));
                    first = "";
                    hidden = "";
                }
            }
        }
        if (arguments.length > 0) {
            Files.writeString(Path.of(arguments[0]), table);
            return;
        }
        String page = Files.readString(PAGE);
        int from = page.indexOf(START) + START.length();
        Files.writeString(PAGE, page.substring(0, from) + table + page.substring(page.indexOf(END)));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.1e", value);
    }
}
