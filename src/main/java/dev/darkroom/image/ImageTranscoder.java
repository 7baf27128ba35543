package dev.darkroom.image;

/** Turns one kind of file into another and keeps its parameters. Safe from any thread; blocks. */
public final class ImageTranscoder {

    private final ImageDecoder decoder;
    private final ImageEncoder encoder;

    public ImageTranscoder(ImageDecoder decoder, ImageEncoder encoder) {
        this.decoder = decoder;
        this.encoder = encoder;
    }

    /**
     * Returns {@code file} as {@code to}: the same array if it is of that kind already.
     *
     * @throws ImageException if the file can't be read, or {@code to} can't hold it
     */
    public byte[] transcode(byte[] file, ImageFormat to) throws ImageException {
        if (decoder.format(file) == to) {
            return file;
        }
        return encoder.encode(decoder.decode(file), to, decoder.parameters(file));
    }
}
