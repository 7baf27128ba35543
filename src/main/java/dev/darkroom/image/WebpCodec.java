package dev.darkroom.image;

import com.luciad.imageio.webp.CompressionType;
import com.luciad.imageio.webp.WebPImageReaderSpi;
import com.luciad.imageio.webp.WebPImageWriterSpi;
import com.luciad.imageio.webp.WebPWriteParam;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import javax.imageio.IIOImage;
import javax.imageio.ImageReader;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageInputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * WebP through libwebp: lossy out; lossy and lossless in, animations refused. The plug-in is made here instead of being
 * asked of {@code ImageIO}, whose registry depends on the class loader of whichever thread used it first.
 */
final class WebpCodec implements ImageCodec {

    private static final int LARGEST_SIDE = 16_383;

    private final float quality;

    WebpCodec(float quality) {
        this.quality = quality;
    }

    @Override
    public byte[] encode(RgbImage picture, Map<String, String> parameters) throws ImageException {
        if (picture.width() > LARGEST_SIDE || picture.height() > LARGEST_SIDE) {
            throw new ImageException("WebP can't hold more than %d pixels a side.".formatted(LARGEST_SIDE));
        }
        byte[] file = encode(picture);
        return parameters.isEmpty() ? file : new WebpContainer(file).withExif(ExifWriter.write(parameters));
    }

    private byte[] encode(RgbImage picture) throws ImageException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(picture.rgb().length / 8 + 1024);
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            ImageWriter writer = new WebPImageWriterSpi().createWriterInstance(null);
            try {
                WebPWriteParam settings = (WebPWriteParam) writer.getDefaultWriteParam();
                settings.setCompressionType(CompressionType.Lossy);
                settings.setCompressionQuality(quality);
                writer.setOutput(out);
                writer.write(null, new IIOImage(Pixels.view(picture), null, null), settings);
            } finally {
                writer.dispose();
            }
        } catch (IOException | LinkageError failed) {
            throw new ImageException("The picture can't be written as WebP: " + failed.getMessage() + ".", failed);
        }
        return bytes.toByteArray();
    }

    @Override
    public ImageSize size(byte[] file) throws ImageException {
        return new WebpContainer(file).size();
    }

    @Override
    public RgbImage decode(byte[] file) throws ImageException {
        ImageSize size = size(file);
        try (MemoryCacheImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
            ImageReader reader = new WebPImageReaderSpi().createReaderInstance(null);
            try {
                reader.setInput(in, true, true);
                if (reader.getWidth(0) != size.width() || reader.getHeight(0) != size.height()) {
                    throw new ImageException("The WebP file says two sizes.");
                }
                return Pixels.copy(reader.read(0).getRaster());
            } finally {
                reader.dispose();
            }
        } catch (IOException | LinkageError failed) {
            throw new ImageException("The WebP file can't be read: " + failed.getMessage() + ".", failed);
        }
    }

    @Override
    public Map<String, String> parameters(byte[] file) throws ImageException {
        return new WebpContainer(file).parameters();
    }
}
