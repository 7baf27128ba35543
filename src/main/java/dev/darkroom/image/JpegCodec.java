package dev.darkroom.image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOInvalidTreeException;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.stream.MemoryCacheImageInputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** JPEG: baseline, 4:4:4 out; whatever the JDK reads in. */
final class JpegCodec implements ImageCodec {

    private static final int LARGEST_SIDE = 65_500;
    private static final String METADATA = "javax_imageio_jpeg_image_1.0";

    private final float quality;

    JpegCodec(float quality) {
        this.quality = quality;
    }

    @Override
    public byte[] encode(RgbImage picture, Map<String, String> parameters) throws ImageException {
        if (picture.width() > LARGEST_SIDE || picture.height() > LARGEST_SIDE) {
            throw new ImageException("JPEG can't hold more than %d pixels a side.".formatted(LARGEST_SIDE));
        }
        byte[] file = encode(Pixels.view(picture));
        if (parameters.isEmpty()) {
            return file;
        }
        return new JpegSegments(file).withExif(ExifWriter.write(parameters)).orElse(file);
    }

    private byte[] encode(BufferedImage view) throws ImageException {
        ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(view.getWidth() * view.getHeight() / 2 + 1024);
        try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
            ImageWriteParam settings = writer.getDefaultWriteParam();
            settings.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
            settings.setCompressionQuality(quality);
            IIOMetadata metadata = writer.getDefaultImageMetadata(new ImageTypeSpecifier(view), settings);
            keepColourResolution(metadata);
            writer.setOutput(out);
            writer.write(null, new IIOImage(view, null, metadata), settings);
        } catch (IOException failed) {
            throw new ImageException("The picture can't be written as JPEG: " + failed.getMessage() + ".", failed);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }

    /** The writer halves the colours' resolution unless its metadata says otherwise. */
    private static void keepColourResolution(IIOMetadata metadata) throws IIOInvalidTreeException {
        Element root = (Element) metadata.getAsTree(METADATA);
        NodeList components = root.getElementsByTagName("componentSpec");
        for (int i = 0; i < components.getLength(); i++) {
            Element component = (Element) components.item(i);
            component.setAttribute("HsamplingFactor", "1");
            component.setAttribute("VsamplingFactor", "1");
        }
        metadata.setFromTree(METADATA, root);
    }

    @Override
    public ImageSize size(byte[] file) throws ImageException {
        return new JpegSegments(file).size();
    }

    @Override
    public RgbImage decode(byte[] file) throws ImageException {
        if (!new JpegSegments(file).isWhole()) {
            throw new ImageException("The JPEG file is cut off.");
        }
        ImageReader reader = ImageIO.getImageReadersByFormatName("jpeg").next();
        try (MemoryCacheImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
            reader.setInput(in, true, true);
            return Pixels.copy(reader.read(0).getRaster());
        } catch (IOException damaged) {
            throw new ImageException("The JPEG file can't be read: " + damaged.getMessage() + ".", damaged);
        } finally {
            reader.dispose();
        }
    }

    @Override
    public Map<String, String> parameters(byte[] file) throws ImageException {
        return new JpegSegments(file).parameters();
    }
}
