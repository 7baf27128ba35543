package dev.darkroom.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.darkroom.image.GenerationParameters;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The parts of a day's page. Everything that users typed is escaped. */
final class HtmlLogPage {

    /** Ends the header and each entry. */
    static final String MARK = "<!--fooocus-log-split-->\n";

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The list is turned around by the browser; an entry whose picture is gone hides itself. */
    private static final String HEADER = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="referrer" content="no-referrer">
            <title>Darkroom log %1$s (private)</title>
            <style>
            body { background: #16181b; color: #d8dade; font: 14px/1.5 system-ui, sans-serif; margin: 2rem; }
            main { display: flex; flex-direction: column-reverse; gap: 1.5rem; }
            article { display: grid; grid-template-columns: minmax(8rem, 512px) 1fr; gap: 1.5rem; align-items: start; }
            img { max-width: 100%%; max-height: 512px; }
            table { border-collapse: collapse; width: 100%%; }
            th, td { border: 1px solid #3a3e45; padding: .2rem .6rem; text-align: left; vertical-align: top; }
            th { white-space: nowrap; font-weight: normal; color: #9aa0a8; }
            td { white-space: pre-wrap; overflow-wrap: anywhere; }
            button { margin-top: .6rem; }
            </style>
            <script>
            addEventListener("error", event => {
              if (event.target.tagName === "IMG") event.target.closest("article").hidden = true;
            }, true);
            addEventListener("click", event => {
              const parameters = event.target.dataset.parameters;
              if (parameters) navigator.clipboard.writeText(parameters);
            });
            </script>
            <style>article[hidden] { display: none; }</style>
            </head>
            <body>
            <h1>Darkroom log %1$s (private)</h1>
            <p>Prompts and parameters of this folder's pictures, the newest first. Nothing of it leaves this machine.</p>
            <main>
            """;

    private HtmlLogPage() {}

    static String header(String day) {
        return HEADER.formatted(escaped(day)) + MARK;
    }

    static String entry(String file, GenerationParameters made) {
        String address = "./" + URLEncoder.encode(file, StandardCharsets.UTF_8).replace("+", "%20");
        StringBuilder html = new StringBuilder();
        html.append("<article id=\"%s\">\n".formatted(escaped(file.replace('.', '_'))))
                .append("<a href=\"%1$s\"><img src=\"%1$s\" loading=\"lazy\" alt=\"\"></a>\n"
                        .formatted(escaped(address)))
                .append("<div><table>\n");
        Map<String, Object> parameters = new LinkedHashMap<>();
        row(html, "File", file);
        for (GenerationParameters.Item item : made.items()) {
            parameters.put(item.key(), item.value());
            row(html, item.label(), item.value().toString());
        }
        html.append("</table>\n<details><summary>Full raw prompt</summary><table>\n");
        row(html, "Positive", lines(made.fullPrompt()));
        row(html, "Negative", lines(made.fullNegativePrompt()));
        html.append("</table></details>\n<button data-parameters=\"")
                .append(escaped(json(parameters)))
                .append("\">Copy parameters</button></div>\n</article>\n");
        return html.append(MARK).toString();
    }

    private static void row(StringBuilder html, String label, String value) {
        html.append("<tr><th>")
                .append(escaped(label))
                .append("</th><td>")
                .append(escaped(value))
                .append("</td></tr>\n");
    }

    private static String lines(List<String> texts) {
        return String.join("\n", texts);
    }

    private static String json(Map<String, Object> parameters) {
        try {
            return JSON.writeValueAsString(parameters);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("texts and numbers are always JSON", impossible);
        }
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder(text.length() + 16);
        for (int i = 0; i < text.length(); i++) {
            char character = text.charAt(i);
            switch (character) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.append(character);
            }
        }
        return escaped.toString();
    }
}
