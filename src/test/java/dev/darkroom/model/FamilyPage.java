package dev.darkroom.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The table of figures in {@code docs/families.md}. */
final class FamilyPage {
    private static final Path PAGE = Path.of("docs", "families.md");
    private static final String START = "<!-- figures: written by FamilyReport -->\n";
    private static final String END = "<!-- end of figures -->";
    private static final String HEAD = """
            | pipeline | hidden states | sampler | first latent | middle | last | image |
            | --- | --- | --- | --- | --- | --- | --- |
            """;

    private FamilyPage() {}

    /** Returns what the page tells, by pipeline. Where no texts were compared, the largest difference is 0. */
    static Map<String, FamilyComparison.Figures> read() throws IOException {
        String page = Files.readString(PAGE);
        String table = page.substring(page.indexOf(START) + START.length() + HEAD.length(), page.indexOf(END));
        Map<String, FamilyComparison.Figures> told = new LinkedHashMap<>();
        List<FamilyComparison.Run> runs = new ArrayList<>();
        for (String line : table.lines().toList()) {
            String[] cells = line.substring(1).split("\\|");
            if (!cells[0].isBlank()) {
                runs = new ArrayList<>();
                boolean compared = !cells[1].isBlank();
                double hidden = compared ? Double.parseDouble(cells[1]) : 0;
                String name = cells[0].strip();
                told.put(name, new FamilyComparison.Figures(name, hidden, compared ? 1 : 0, runs));
            }
            runs.add(new FamilyComparison.Run(
                    cells[2].strip(),
                    Double.parseDouble(cells[3]),
                    Double.parseDouble(cells[4]),
                    Double.parseDouble(cells[5]),
                    Integer.parseInt(cells[6].strip())));
        }
        return told;
    }

    /** Puts a new table in place of the page's. */
    static void write(List<FamilyComparison.Figures> measured) throws IOException {
        StringBuilder table = new StringBuilder(HEAD);
        for (FamilyComparison.Figures figures : measured) {
            String first = figures.name();
            String hidden = figures.texts() == 0 ? "" : number(figures.hidden());
            for (FamilyComparison.Run run : figures.runs()) {
                table.append("| %s | %s | %s | %s | %s | %s | %d |\n"
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
        String page = Files.readString(PAGE);
        int from = page.indexOf(START) + START.length();
        Files.writeString(PAGE, page.substring(0, from) + table + page.substring(page.indexOf(END)));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.1e", value);
    }
}
