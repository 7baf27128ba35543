package dev.darkroom.prompt;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The marks {@code <lora:name:weight>} of a prompt line.
 *
 * @param text the line without them, its parts joined by a comma and a blank, as Fooocus does with every line
 * @param loras what they asked for, in order
 */
record InlineLoras(String text, List<LoraWeight> loras) {

    private static final Pattern MARK =
            Pattern.compile("<lora:([^:<>]{1,200}):([+-]?(?:\\d{1,9}(?:\\.\\d{0,9})?|\\.\\d{1,9}))>");
    private static final Pattern BLANKS = Pattern.compile(" +");

    static InlineLoras of(String line) {
        List<LoraWeight> loras = new ArrayList<>();
        Matcher marks = MARK.matcher(line);
        String text = marks.replaceAll(mark -> {
            loras.add(new LoraWeight(mark.group(1).strip(), Double.parseDouble(mark.group(2))));
            return "";
        });
        return new InlineLoras(
                Stream.of(BLANKS.matcher(text).replaceAll(" ").split(","))
                        .map(String::strip)
                        .filter(part -> !part.isEmpty())
                        .collect(Collectors.joining(", ")),
                List.copyOf(loras));
    }
}
