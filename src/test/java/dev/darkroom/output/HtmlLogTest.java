package dev.darkroom.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.image.GenerationParameters;
import dev.darkroom.task.SavedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HtmlLogTest {

    @TempDir
    Path root;

    private OutputFolder folder;
    private Path page;

    @BeforeEach
    void open() throws Exception {
        folder = OutputFolder.open(root);
        Files.createDirectories(root.resolve("2026-11-21"));
        page = root.resolve("2026-11-21/log.html");
    }

    private static SavedImage image(String file) {
        return new SavedImage(0, "2026-11-21/" + file, 7, 8, 8);
    }

    private static GenerationParameters made(String prompt) {
        return new GenerationParameters(
                prompt,
                "",
                "",
                List.of(prompt),
                List.of(""),
                List.of("Fooocus V2"),
                "Speed",
                30,
                8,
                8,
                4,
                2,
                List.of(),
                null,
                2,
                0.5,
                "euler",
                "karras",
                GenerationParameters.OWN_VAE,
                7,
                "emoji",
                null,
                List.of(),
                "Darkroom");
    }

    @Test
    void everythingThatUsersTypedIsEscaped() throws Exception {
        new HtmlLog(folder).add(image("a 'b'&#<1>-0.png"), made("</td><script>alert(\"1\")</script> & 'two'"));
        String html = Files.readString(page);
        assertThat(html)
                .contains("&lt;/td&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;two&#39;")
                .contains("src=\"./a%20%27b%27%26%23%3C1%3E-0.png\"")
                .contains("<title>Darkroom log 2026-11-21 (private)</title>")
                .contains("<th>Guidance Scale</th><td>4.0</td>")
                .doesNotContain("alert(\"1\")")
                .doesNotContain("'two'");
    }

    @Test
    void entriesOfSeveralWritersAllStandWhole() throws Exception {
        HtmlLog one = new HtmlLog(folder);
        HtmlLog other = new HtmlLog(folder);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Callable<Void>> writers = IntStream.range(0, 80)
                    .<Callable<Void>>mapToObj(i -> () -> {
                        (i % 2 == 0 ? one : other).add(image(i + ".png"), made("prompt " + "x".repeat(2000) + i));
                        return null;
                    })
                    .toList();
            for (Future<Void> done : threads.invokeAll(writers)) {
                done.get();
            }
        } finally {
            threads.shutdownNow();
        }
        String[] parts = Files.readString(page).split(HtmlLogPage.MARK);
        assertThat(parts).hasSize(81);
        assertThat(parts[0]).startsWith("<!DOCTYPE html>");
        for (int i = 0; i < 80; i++) {
            String id = "<article id=\"" + i + "_png\">";
            assertThat(parts).filteredOn(part -> part.startsWith(id)).hasSize(1);
        }
        assertThat(parts).filteredOn(part -> part.contains("<!DOCTYPE")).hasSize(1);
    }

    @Test
    void whatADeadServerLeftUnfinishedIsCutOff() throws Exception {
        HtmlLog log = new HtmlLog(folder);
        log.add(image("1.png"), made("one"));
        String whole = Files.readString(page);
        Files.writeString(page, "<article id=\"2_png\">" + "half ".repeat(50_000), StandardOpenOption.APPEND);
        log.add(image("3.png"), made("three"));
        assertThat(Files.readString(page))
                .startsWith(whole)
                .doesNotContain("half")
                .contains("id=\"3_png\"");
        Files.writeString(page, "<!DOCTYPE html><ht");
        log.add(image("4.png"), made("four"));
        assertThat(Files.readString(page)).startsWith("<!DOCTYPE html>\n").contains("id=\"4_png\"");
    }

    @Test
    void theLogGoesWithTheLastPictureOfItsDay() throws Exception {
        Path picture = Files.writeString(root.resolve("2026-11-21/1.png"), "x");
        new HtmlLog(folder).add(image("1.png"), made("one"));
        folder.removeIfEmpty(page.getParent());
        assertThat(page).exists();
        Files.delete(picture);
        folder.removeIfEmpty(page.getParent());
        assertThat(page.getParent()).doesNotExist();
    }

    @Test
    void theLogIsNotServed() throws Exception {
        new HtmlLog(folder).add(image("1.png"), made("one"));
        assertThat(folder.locate("2026-11-21/log.html")).isEmpty();
    }
}
