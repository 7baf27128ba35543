package dev.darkroom.output;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.task.SavedImage;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class OutputUrlsTest {

    @Test
    void theUsualNameStandsAsItIs() {
        SavedImage image = new SavedImage(0, "2026-11-21/2026-11-21_10-15-30_1234.png", 1, 8, 8);
        assertThat(new OutputUrls("http://127.0.0.1:7866/").of(image))
                .isEqualTo("http://127.0.0.1:7866/outputs/2026-11-21/2026-11-21_10-15-30_1234.png");
    }

    @Test
    void everythingElseIsPercentEncodedUtf8() {
        String url = new OutputUrls("https://host/base").of("2026-11-21/Käse & 猫+1?-0.png");
        assertThat(url).isEqualTo("https://host/base/outputs/2026-11-21/K%C3%A4se%20%26%20%E7%8C%AB%2B1%3F-0.png");
        assertThat(URLDecoder.decode(URI.create(url).getRawPath(), StandardCharsets.UTF_8))
                .endsWith("/Käse & 猫+1?-0.png");
    }
}
