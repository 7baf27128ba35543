package dev.darkroom.image;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Lists and tuples of texts and numbers as Python writes them, because Fooocus keeps them so inside of its JSON. Nothing
 * else of that language is read.
 */
final class PythonLiteral {

    private final String text;
    private int at;

    private PythonLiteral(String text) {
        this.text = text;
    }

    /** Returns {@code texts} as a list. */
    static String list(List<String> texts) {
        return texts.stream().map(PythonLiteral::quoted).collect(Collectors.joining(", ", "[", "]"));
    }

    /** Returns {@code numbers} as a tuple. */
    static String tuple(List<Double> numbers) {
        return numbers.stream().map(String::valueOf).collect(Collectors.joining(", ", "(", ")"));
    }

    private static String quoted(String text) {
        String quote = text.contains("'") && !text.contains("\"") ? "\"" : "'";
        StringBuilder literal = new StringBuilder(quote);
        text.chars().forEach(character -> {
            if (character == '\\' || character == quote.charAt(0)) {
                literal.append('\\').append((char) character);
            } else if (Character.isISOControl(character)) {
                literal.append("\\x%02x".formatted(character));
            } else {
                literal.append((char) character);
            }
        });
        return literal.append(quote).toString();
    }

    /** Returns the elements of a list or tuple, each a {@link String}, {@link Long} or {@link Double}. */
    static Optional<List<Object>> elements(String text) {
        try {
            return Optional.of(new PythonLiteral(text.strip()).sequence());
        } catch (IllegalArgumentException | StringIndexOutOfBoundsException notOne) {
            return Optional.empty();
        }
    }

    private List<Object> sequence() {
        char end = next() == '[' ? ']' : ')';
        if (end == ')' && text.charAt(0) != '(') {
            throw new IllegalArgumentException(text);
        }
        List<Object> elements = new ArrayList<>();
        while (!take(end)) {
            char first = text.charAt(at);
            elements.add(first == '\'' || first == '"' ? string() : number());
            if (!take(',') && text.charAt(at) != end) {
                throw new IllegalArgumentException(text);
            }
        }
        if (at != text.length()) {
            throw new IllegalArgumentException(text);
        }
        return elements;
    }

    private char next() {
        return text.charAt(at++);
    }

    /** Passes over blanks, and over {@code wanted} if it comes next. */
    private boolean take(char wanted) {
        while (text.charAt(at) == ' ') {
            at++;
        }
        boolean found = text.charAt(at) == wanted;
        if (found) {
            at++;
            while (at < text.length() && text.charAt(at) == ' ') {
                at++;
            }
        }
        return found;
    }

    private String string() {
        char quote = next();
        StringBuilder string = new StringBuilder();
        for (char character = next(); character != quote; character = next()) {
            string.append(character == '\\' ? escaped() : character);
        }
        return string.toString();
    }

    private char escaped() {
        char character = next();
        return switch (character) {
            case 'n' -> '\n';
            case 't' -> '\t';
            case 'r' -> '\r';
            case 'x' -> code(2);
            case 'u' -> code(4);
            default -> character;
        };
    }

    private char code(int digits) {
        at += digits;
        return (char) Integer.parseInt(text.substring(at - digits, at), 16);
    }

    private Object number() {
        int from = at;
        while (at < text.length() && "+-.0123456789eE".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        String digits = text.substring(from, at);
        return digits.matches("[+-]?\\d{1,18}") ? (Object) Long.valueOf(digits) : Double.valueOf(digits);
    }
}
