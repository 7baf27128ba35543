package dev.darkroom.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StylesTest {

    @TempDir
    Path folder;

    private final List<String> problems = new ArrayList<>();

    private void file(String name, String json) throws Exception {
        Files.writeString(folder.resolve(name), json);
    }

    @Test
    void allPublicNamesAreKnownWithoutFiles() {
        Styles styles = Styles.open(folder.resolve("none"), problems::add);
        assertThat(styles.names()).hasSize(279).startsWith("Fooocus V2", "Random Style", "Fooocus Enhance");
        assertThat(styles.contains("SAI 3D Model")).isTrue();
        assertThat(styles.find("SAI 3D Model")).isEmpty();
        assertThat(styles.draw(new PythonRandom(1))).isEmpty();
        assertThat(problems).singleElement().asString().contains("none");
    }

    @Test
    void namesAreListedAsFooocusListsThem() {
        assertThat(List.of("sai-3d-model", "mre-sumi-e-symbolic", "mk UKIYO-e", "ads-retail (sale)", "flat 2d art"))
                .map(Style::listed)
                .containsExactly(
                        "SAI 3D Model", "MRE Sumi E Symbolic", "Mk Ukiyo E", "Ads Retail (Sale)", "Flat 2d Art");
    }

    @Test
    void theUsersFilesComeFirstAndWin() throws Exception {
        file("sdxl_styles_sai.json", """
                [{"name": "sai-anime", "prompt": "shipped {prompt}"}, {"name": "sai-enhance", "prompt": "e {prompt}"}]""");
        file("mine.json", """
                [{"name": "my own", "prompt": "{prompt} of mine", "negative_prompt": "others"},
                 {"name": "SAI Anime", "prompt": "changed {prompt}"}]""");
        Styles styles = Styles.open(folder, problems::add);
        assertThat(styles.names())
                .hasSize(280)
                .startsWith("Fooocus V2", "Random Style", "My Own", "SAI Anime", "Fooocus Enhance");
        assertThat(styles.find("SAI Anime")).get().extracting(Style::prompt).isEqualTo("changed {prompt}");
        assertThat(styles.find("My Own"))
                .get()
                .extracting(Style::negativePrompt)
                .isEqualTo("others");
        assertThat(problems).isEmpty();
    }

    @Test
    void onlyTemplatesAreDrawn() throws Exception {
        file("mine.json", "[{\"name\": \"a\", \"prompt\": \"{prompt}\"}, {\"name\": \"b\"}]");
        Styles styles = Styles.open(folder, problems::add);
        PythonRandom random = new PythonRandom(3);
        for (int i = 0; i < 20; i++) {
            assertThat(styles.draw(random).orElseThrow().name()).isIn("A", "B");
        }
    }

    @Test
    void brokenFilesAreToldByNameAndTheRestIsUsed() throws Exception {
        file("broken.json", "[{\"name\": ");
        file("object.json", "{}");
        file(
                "odd.json",
                "[{\"prompt\": \"x\"}, {\"name\": \"x\", \"prompt\": 3}, {\"name\": \"fooocus v2\"},"
                        + " {\"name\": \"good\", \"prompt\": \"good {prompt}\"}]");
        Styles styles = Styles.open(folder, problems::add);
        assertThat(styles.find("Good")).isPresent();
        assertThat(problems)
                .hasSize(5)
                .anyMatch(problem -> problem.contains("broken.json") && problem.contains("line 1"))
                .anyMatch(problem -> problem.contains("object.json"))
                .anyMatch(problem -> problem.contains("odd.json: style 1"))
                .anyMatch(problem -> problem.contains("odd.json: style 2"))
                .anyMatch(problem -> problem.contains("Fooocus V2"));
    }
}
