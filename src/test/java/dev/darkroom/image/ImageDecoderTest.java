package dev.darkroom.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ar.com.hjg.pngj.ImageInfo;
import ar.com.hjg.pngj.ImageLineInt;
import ar.com.hjg.pngj.PngWriter;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ImageDecoderTest {

    private final ImageEncoder encoder = new ImageEncoder();
    private final ImageDecoder decoder = new ImageDecoder();

    @Test
    void whatIsNoPictureIsToldSo() {
        for (byte[] file : new byte[][] {{}, {1}, new byte[100], "<html>".getBytes(StandardCharsets.UTF_8)}) {
            assertThatThrownBy(() -> decoder.decode(file))
                    .isInstanceOf(ImageException.class)
                    .hasMessage("This is neither a PNG nor a JPEG nor a WebP file.");
        }
    }

    @ParameterizedTest
    @EnumSource(ImageFormat.class)
    void tooManyPixelsAreRefusedBeforeTheyAreDecoded(ImageFormat format) throws ImageException {
        byte[] file = encoder.encode(TestPictures.plain(2000, 600, 0), format, Map.of());
        ImageDecoder small = new ImageDecoder(1_000_000);
        // without its pixels the file could not be decoded, so the refusal came first
        byte[] head = Arrays.copyOf(file, Math.min(file.length, format == ImageFormat.WEBP ? file.length : 700));
        assertThatThrownBy(() -> small.decode(head))
                .isInstanceOf(ImageException.class)
                .hasMessage("A picture of 2000x600 pixels is larger than the 1 megapixels that are read.");
        assertThatThrownBy(() -> small.size(head)).isInstanceOf(ImageException.class);
    }

    @Test
    void aHeaderThatClaimsMoreThanMemoryIsRefused() throws ImageException {
        byte[] file = encoder.encode(TestPictures.plain(4, 4, 0), ImageFormat.PNG, Map.of());
        ByteBuffer.wrap(file).putInt(16, Integer.MAX_VALUE).putInt(20, Integer.MAX_VALUE);
        assertThatThrownBy(() -> decoder.decode(file)).hasMessageContaining("is larger than");
        ByteBuffer.wrap(file).putInt(16, -1);
        assertThatThrownBy(() -> decoder.decode(file)).hasMessage("The PNG file says no size.");
    }

    @ParameterizedTest
    @EnumSource(ImageFormat.class)
    void anyFileCutOffIsRefused(ImageFormat format) throws ImageException {
        RgbImage picture = TestPictures.photo(48, 48, new SplittableRandom(1));
        byte[] file = encoder.encode(picture, format, Map.of("parameters", "a cat"));
        for (int length = 0; length < file.length - 2; length += 1 + file.length / 150) {
            byte[] part = Arrays.copyOf(file, length);
            assertThatThrownBy(() -> decoder.decode(part)).isInstanceOf(ImageException.class);
        }
    }

    @Test
    void aPngChunkThatClaimsMoreThanTheFileHoldsTakesNoMemory() throws ImageException {
        byte[] file = encoder.encode(TestPictures.photo(40, 24, new SplittableRandom(1)), ImageFormat.PNG, Map.of());
        // the length of the first chunk behind the header
        file[33] = 0x6f;

        assertThatThrownBy(() -> new ImageDecoder().decode(file))
                .isInstanceOf(ImageException.class)
                .hasMessage("The PNG file is damaged.");
    }

    @ParameterizedTest
    @EnumSource(ImageFormat.class)
    void randomDamageEndsInAPictureOrInTheOneException(ImageFormat format) throws ImageException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        RgbImage picture = TestPictures.photo(40, 24, new SplittableRandom(1));
        byte[] whole = encoder.encode(picture, format, Map.of("parameters", "a cat", "other", "猫"));
        ImageDecoder bounded = new ImageDecoder(1_000_000);
        int refused = 0;
        for (int round = 0; round < 400; round++) {
            byte[] file = Arrays.copyOf(whole, random.nextInt(4) == 0 ? random.nextInt(whole.length) : whole.length);
            int reach = random.nextBoolean() ? Math.min(file.length, 200) : file.length;
            for (int flips = random.nextInt(6) + 1; flips > 0 && reach > 0; flips--) {
                file[random.nextInt(reach)] ^= (byte) (1 << random.nextInt(8));
            }
            try {
                bounded.parameters(file);
                assertThat(bounded.decode(file)).isNotNull();
            } catch (ImageException expected) {
                refused++;
                assertThat(expected.getMessage()).as("seed %d", seed).isNotBlank();
            } catch (RuntimeException | Error unexpected) {
                throw new AssertionError("seed %d, round %d".formatted(seed, round), unexpected);
            }
        }
        assertThat(refused).as("seed %d", seed).isPositive();
    }

    @ParameterizedTest
    @CsvSource({"1,false", "2,false", "4,false", "8,false", "16,false", "8,true", "16,true"})
    void greyPngFilesKeepTheirValues(int depth, boolean alpha) throws ImageException {
        ImageInfo info = new ImageInfo(16, 4, depth, alpha, true, false);
        int most = (1 << depth) - 1;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PngWriter writer = new PngWriter(out, info);
        for (int y = 0; y < 4; y++) {
            ImageLineInt line = new ImageLineInt(info);
            for (int x = 0; x < 16; x++) {
                line.getScanline()[x * info.channels] = most * x / 15;
                if (alpha) {
                    line.getScanline()[x * 2 + 1] = y == 0 ? 0 : most;
                }
            }
            writer.writeRow(line);
        }
        writer.end();

        RgbImage picture = decoder.decode(out.toByteArray());
        for (int x = 0; x < 16; x++) {
            int level = most * x / 15;
            int expected = depth == 16 ? level >> 8 : level * 255 / most;
            assertThat(sample(picture, x, 2)).containsExactly(expected, expected, expected);
            assertThat(sample(picture, x, 0)[0]).isEqualTo(alpha ? 255 : expected);
        }
    }

    @Test
    void interlacedFilesAndPalettesAndAlphaAreRead() throws Exception {
        SplittableRandom random = new SplittableRandom(5);
        for (int type :
                new int[] {BufferedImage.TYPE_3BYTE_BGR, BufferedImage.TYPE_4BYTE_ABGR, BufferedImage.TYPE_BYTE_INDEXED
                }) {
            for (boolean interlaced : new boolean[] {false, true}) {
                BufferedImage image = new BufferedImage(13, 11, type);
                for (int y = 0; y < 11; y++) {
                    for (int x = 0; x < 13; x++) {
                        image.setRGB(x, y, 0xff000000 | random.nextInt(0x1000000));
                    }
                }
                RgbImage picture = decoder.decode(png(image, interlaced));
                for (int y = 0; y < 11; y++) {
                    for (int x = 0; x < 13; x++) {
                        int[] sample = sample(picture, x, y);
                        assertThat(sample[0] << 16 | sample[1] << 8 | sample[2])
                                .isEqualTo(image.getRGB(x, y) & 0xffffff);
                    }
                }
            }
        }
    }

    @Test
    void transparentPixelsLieOnWhite() throws Exception {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
        image.setRGB(0, 0, 0x00123456);
        image.setRGB(1, 0, 0x80000000);
        RgbImage picture = decoder.decode(png(image, false));
        assertThat(sample(picture, 0, 0)).containsExactly(255, 255, 255);
        assertThat(sample(picture, 1, 0)).containsExactly(127, 127, 127);
    }

    @Test
    void aBombOfTextInAPngFileIsLeftOut() throws Exception {
        byte[] file = encoder.encode(TestPictures.plain(4, 4, 0), ImageFormat.PNG, Map.of("parameters", "kept"));
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        packed.writeBytes(new byte[] {'b', 'o', 'm', 'b', 0, 0});
        try (DeflaterOutputStream deflater = new DeflaterOutputStream(packed)) {
            byte[] megabyte = new byte[1 << 20];
            for (int i = 0; i < 40; i++) {
                deflater.write(megabyte);
            }
        }
        ByteBuffer chunk = ByteBuffer.allocate(packed.size() + 12);
        chunk.putInt(packed.size())
                .put("zTXt".getBytes(StandardCharsets.US_ASCII))
                .put(packed.toByteArray());
        CRC32 sum = new CRC32();
        sum.update(chunk.array(), 4, packed.size() + 4);
        chunk.putInt((int) sum.getValue());
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        bomb.write(file, 0, 33);
        bomb.writeBytes(chunk.array());
        bomb.write(file, 33, file.length - 33);

        assertThat(decoder.parameters(bomb.toByteArray())).isEqualTo(Map.of("parameters", "kept"));
        assertThat(decoder.decode(bomb.toByteArray()).width()).isEqualTo(4);
    }

    private static byte[] png(BufferedImage image, boolean interlaced) throws Exception {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            ImageWriteParam settings = writer.getDefaultWriteParam();
            settings.setProgressiveMode(interlaced ? ImageWriteParam.MODE_DEFAULT : ImageWriteParam.MODE_DISABLED);
            writer.setOutput(out);
            writer.write(
                    writer.getDefaultStreamMetadata(settings),
                    new IIOImage(image, null, writer.getDefaultImageMetadata(new ImageTypeSpecifier(image), settings)),
                    settings);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    private static int[] sample(RgbImage picture, int x, int y) {
        int at = (y * picture.width() + x) * 3;
        return new int[] {picture.rgb()[at] & 0xff, picture.rgb()[at + 1] & 0xff, picture.rgb()[at + 2] & 0xff};
    }
}
