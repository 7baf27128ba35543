package dev.darkroom.conformance;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The table of facts in {@code docs/conformance.md}, made from the tests. Started as a program in the project's folder it
 * writes the table anew.
 */
public final class ConformanceTable {

    static final Path FILE = Path.of("docs", "conformance.md");

    private static final List<Class<?>> SUITE = List.of(
            AccessConformanceTest.class,
            ControlConformanceTest.class,
            ErrorConformanceTest.class,
            GenerateConformanceTest.class,
            RequestConformanceTest.class,
            TasksConformanceTest.class,
            LegacyConformanceTest.class,
            LegacyJobsConformanceTest.class,
            LegacyRequestConformanceTest.class,
            ToolsConformanceTest.class,
            WebhookConformanceTest.class,
            ClientSnippetsTest.class);

    private static final String BEGIN = "<!-- facts -->\n";
    private static final String END = "<!-- end of facts -->\n";

    private ConformanceTable() {}

    record Row(String number, Fact fact, Method test) {
        String line() {
            String instead = fact.insteadOf().isEmpty() ? "kept" : "improved: " + fact.insteadOf();
            return "| %s | %s | %s | `%s` |\n".formatted(number, fact.text(), instead, test.getName());
        }
    }

    /** Returns every fact in its order. */
    static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        for (Class<?> type : SUITE) {
            for (Method method : type.getDeclaredMethods()) {
                Fact fact = method.getAnnotation(Fact.class);
                if (fact != null) {
                    rows.add(new Row(fact.number(), fact, method));
                }
            }
        }
        rows.sort(Comparator.comparing(Row::number, ConformanceTable::compare));
        return rows;
    }

    private static int compare(String one, String other) {
        return Arrays.compare(
                Arrays.stream(one.split("[.-]")).mapToInt(Integer::parseInt).toArray(),
                Arrays.stream(other.split("[.-]")).mapToInt(Integer::parseInt).toArray());
    }

    static String table() {
        StringBuilder table =
                new StringBuilder("| fact | Darkroom | the original | test |\n| --- | --- | --- | --- |\n");
        rows().forEach(row -> table.append(row.line()));
        return table.toString();
    }

    /** Returns the document with the table of now. */
    static String document() throws IOException {
        String text = Files.readString(FILE);
        int begin = text.indexOf(BEGIN) + BEGIN.length();
        return text.substring(0, begin) + table() + text.substring(text.indexOf(END));
    }

    public static void main(String[] arguments) throws IOException {
        Files.writeString(FILE, document());
    }
}
