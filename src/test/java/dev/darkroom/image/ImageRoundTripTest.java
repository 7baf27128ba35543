package dev.darkroom.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.task.Preview;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.w3c.dom.Element;

class ImageRoundTripTest {

    private final ImageEncoder encoder = new ImageEncoder();
    private final ImageDecoder decoder = new ImageDecoder();

    @ParameterizedTest
    @CsvSource({"1,1", "3,5", "8,8", "65,33", "128,96"})
    void everyFormatGivesThePictureBack(int width, int height) throws ImageException {
        RgbImage picture = TestPictures.photo(width, height, new SplittableRandom(1));
        // WebP halves the colours' resolution, and in so few pixels the shapes are steep
        double lossy = width < 32 ? 25 : 6;
        for (ImageFormat format : ImageFormat.values()) {
            byte[] file = encoder.encode(picture, format, Map.of());
            assertThat(decoder.format(file)).isEqualTo(format);
            assertThat(decoder.size(file)).isEqualTo(new ImageSize(width, height));
            assertThat(TestPictures.difference(decoder.decode(file), picture))
                    .as("%s", format)
                    .isLessThan(format == ImageFormat.PNG ? Double.MIN_VALUE : lossy);
            assertThat(decoder.parameters(file)).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(ImageFormat.class)
    void channelsKeepTheirOrder(ImageFormat format) throws ImageException {
        RgbImage picture = TestPictures.plain(32, 32, 0xE08020);
        RgbImage back = decoder.decode(encoder.encode(picture, format, Map.of()));
        assertThat(TestPictures.difference(back, picture)).isLessThan(3);
    }

    @ParameterizedTest
    @EnumSource(ImageFormat.class)
    void parametersComeBackWhateverTheyHold(ImageFormat format) throws ImageException {
        Map<String, String> parameters = new LinkedHashMap<>();
        parameters.put("parameters", "a cat\nNegative prompt: Käse, 猫, \uD83D\uDE00, \"quoted\" \\ end");
        parameters.put("fooocus_scheme", "a1111");
        parameters.put("Software", "Darkroom");
        parameters.put("workflow", "{\"ä\": [1, 2]}");
        parameters.put("x", "");
        byte[] file = encoder.encode(TestPictures.plain(9, 7, 0), format, parameters);
        assertThat(decoder.parameters(file)).containsExactlyEntriesOf(parameters);
        assertThat(decoder.decode(file).width()).isEqualTo(9);
    }

    @Test
    void lettersOfOneToFiveBytesFitTheExifEntries() throws ImageException {
        for (String text : List.of("a", "ab", "abc", "abcd", "ä", "猫")) {
            for (ImageFormat format : ImageFormat.values()) {
                byte[] file = encoder.encode(TestPictures.plain(4, 4, 0), format, Map.of("parameters", text));
                assertThat(decoder.parameters(file)).isEqualTo(Map.of("parameters", text));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(ImageFormat.class)
    void parametersTooLargeForTheFormatDoNotCostThePicture(ImageFormat format) throws ImageException {
        Map<String, String> parameters = Map.of("parameters", "long ".repeat(20_000));
        byte[] file = encoder.encode(TestPictures.plain(9, 7, 0), format, parameters);
        assertThat(decoder.parameters(file)).isEqualTo(format == ImageFormat.JPEG ? Map.of() : parameters);
        assertThat(decoder.decode(file).height()).isEqualTo(7);
    }

    @Test
    void zerosAreDroppedFromTextsBecauseTheyEndThem() throws ImageException {
        for (ImageFormat format : ImageFormat.values()) {
            byte[] file = encoder.encode(TestPictures.plain(4, 4, 0), format, Map.of("parameters", "a\0b"));
            assertThat(decoder.parameters(file)).isEqualTo(Map.of("parameters", "ab"));
        }
    }

    @Test
    void otherPngReadersSeeTheTexts() throws Exception {
        Map<String, String> parameters = Map.of("parameters", "plain", "workflow", "猫");
        byte[] file = encoder.encode(TestPictures.plain(4, 4, 0), ImageFormat.PNG, parameters);
        ImageReader reader = ImageIO.getImageReadersByFormatName("png").next();
        reader.setInput(new MemoryCacheImageInputStream(new ByteArrayInputStream(file)));
        IIOMetadata metadata = reader.getImageMetadata(0);
        Element root = (Element) metadata.getAsTree("javax_imageio_png_1.0");
        Element plain = (Element) root.getElementsByTagName("tEXtEntry").item(0);
        Element international = (Element) root.getElementsByTagName("iTXtEntry").item(0);
        assertThat(plain.getAttribute("value")).isEqualTo("plain");
        assertThat(international.getAttribute("keyword")).isEqualTo("workflow");
        assertThat(international.getAttribute("text")).isEqualTo("猫");
        reader.dispose();
    }

    @Test
    void jpegKeepsTheColoursAtFullResolution() throws ImageException {
        byte[] file = encoder.encode(TestPictures.plain(16, 16, 0xff0000), ImageFormat.JPEG, Map.of("parameters", "x"));
        int frame = 0;
        for (int at = 2; frame == 0; at += 2 + ((file[at + 2] & 0xff) << 8 | file[at + 3] & 0xff)) {
            frame = file[at + 1] == (byte) 0xC0 ? at : 0;
        }
        assertThat(file[frame + 9]).as("components").isEqualTo((byte) 3);
        assertThat(new byte[] {file[frame + 11], file[frame + 14], file[frame + 17]})
                .containsOnly(0x11);
    }

    @Test
    void transcodingKeepsPictureAndParameters() throws ImageException {
        ImageTranscoder transcoder = new ImageTranscoder(decoder, encoder);
        RgbImage picture = TestPictures.photo(40, 30, new SplittableRandom(2));
        Map<String, String> parameters = Map.of("parameters", "{\"seed\": \"1\"}", "fooocus_scheme", "fooocus");
        for (ImageFormat from : ImageFormat.values()) {
            byte[] file = encoder.encode(picture, from, parameters);
            assertThat(transcoder.transcode(file, from)).isSameAs(file);
            for (ImageFormat to : ImageFormat.values()) {
                byte[] other = transcoder.transcode(file, to);
                assertThat(decoder.format(other)).isEqualTo(to);
                assertThat(decoder.parameters(other)).isEqualTo(parameters);
                assertThat(TestPictures.difference(decoder.decode(other), picture))
                        .isLessThan(8);
            }
        }
    }

    @Test
    void aPreviewIsAPngOfThePicture() throws ImageException {
        RgbImage picture = TestPictures.photo(64, 48, new SplittableRandom(3));
        Preview preview = new PreviewEncoder().encode(picture);
        assertThat(preview.width()).isEqualTo(64);
        assertThat(preview.height()).isEqualTo(48);
        assertThat(decoder.decode(preview.png()).rgb()).isEqualTo(picture.rgb());
    }

    @Test
    void manyThreadsShareOneEncoderAndDecoder() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Double>> differences = new ArrayList<>();
            for (int i = 0; i < 48; i++) {
                RgbImage picture = TestPictures.photo(64, 64, new SplittableRandom(i));
                ImageFormat format = ImageFormat.values()[i % 3];
                differences.add(threads.submit(() -> TestPictures.difference(
                        decoder.decode(encoder.encode(picture, format, Map.of("parameters", "x"))), picture)));
            }
            for (Future<Double> difference : differences) {
                assertThat(difference.get()).isLessThan(5);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aPictureThatDoesNotFitTheFormatIsRefused() {
        assertThatThrownBy(() -> encoder.encode(TestPictures.plain(16_384, 1, 0), ImageFormat.WEBP, Map.of()))
                .isInstanceOf(ImageException.class)
                .hasMessage("WebP can't hold more than 16383 pixels a side.");
        assertThatThrownBy(() -> encoder.encode(TestPictures.plain(1, 65_501, 0), ImageFormat.JPEG, Map.of()))
                .isInstanceOf(ImageException.class)
                .hasMessage("JPEG can't hold more than 65500 pixels a side.");
    }

    @Test
    void whatIsNoKeywordIsAMistakeOfTheCaller() {
        for (String keyword : List.of("", " ", " a", "a ", "a\nb", "ä", "x".repeat(80))) {
            assertThatThrownBy(
                            () -> encoder.encode(TestPictures.plain(1, 1, 0), ImageFormat.PNG, Map.of(keyword, "text")))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
