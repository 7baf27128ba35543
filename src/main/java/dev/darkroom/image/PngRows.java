package dev.darkroom.image;

import ar.com.hjg.pngj.ImageInfo;
import ar.com.hjg.pngj.ImageLineByte;
import ar.com.hjg.pngj.chunks.PngChunkPLTE;
import ar.com.hjg.pngj.chunks.PngChunkTRNS;
import org.jspecify.annotations.Nullable;

/**
 * Turns the rows of a PNG file, of any colour type and depth, into 8-bit RGB on white. Of 16-bit samples the upper half
 * counts. Gamma and colour profiles are not applied: samples are taken for sRGB.
 */
final class PngRows {

    private final ImageInfo info;
    private final int @Nullable [] palette;
    private final int @Nullable [] paletteAlpha;
    private final int @Nullable [] transparentSample;

    /**
     * @param colours the palette, which indexed pictures need
     * @param transparency which colours are transparent, or null
     */
    PngRows(ImageInfo info, @Nullable PngChunkPLTE colours, @Nullable PngChunkTRNS transparency) {
        this.info = info;
        if (info.indexed) {
            if (colours == null) {
                throw new IllegalArgumentException("there is no palette");
            }
            palette = new int[colours.getNentries()];
            for (int i = 0; i < palette.length; i++) {
                palette[i] = colours.getEntry(i);
            }
            paletteAlpha = transparency == null ? null : transparency.getPalletteAlpha();
            transparentSample = null;
        } else {
            palette = null;
            paletteAlpha = null;
            transparentSample = transparency == null || info.alpha
                    ? null
                    : info.greyscale ? new int[] {transparency.getGray()} : transparency.getRGB();
        }
    }

    /** Writes {@code width * 3} bytes at {@code at}. */
    void convert(ImageLineByte line, byte[] rgb, int at) {
        if (palette != null) {
            convertIndexed(line.getScanlineByte(), rgb, at);
            return;
        }
        byte[] samples = line.getScanlineByte();
        int channels = info.channels;
        for (int x = 0, to = at; x < info.cols; x++, to += 3) {
            int from = x * channels;
            int alpha = info.alpha ? samples[from + channels - 1] & 0xff : isTransparent(line, from) ? 0 : 255;
            for (int channel = 0; channel < 3; channel++) {
                int sample = samples[info.greyscale ? from : from + channel] & 0xff;
                rgb[to + channel] = (byte) Pixels.onWhite(scaled(sample), alpha);
            }
        }
    }

    private void convertIndexed(byte[] indexes, byte[] rgb, int at) {
        for (int x = 0, to = at; x < info.cols; x++, to += 3) {
            int index = indexes[x] & 0xff;
            int colour = palette[index];
            int alpha = paletteAlpha != null && index < paletteAlpha.length ? paletteAlpha[index] : 255;
            rgb[to] = (byte) Pixels.onWhite(colour >> 16 & 0xff, alpha);
            rgb[to + 1] = (byte) Pixels.onWhite(colour >> 8 & 0xff, alpha);
            rgb[to + 2] = (byte) Pixels.onWhite(colour & 0xff, alpha);
        }
    }

    private int scaled(int sample) {
        return info.bitDepth < 8 ? sample * 255 / ((1 << info.bitDepth) - 1) : sample;
    }

    private boolean isTransparent(ImageLineByte line, int from) {
        if (transparentSample == null) {
            return false;
        }
        for (int channel = 0; channel < transparentSample.length; channel++) {
            int sample = line.getScanlineByte()[from + channel] & 0xff;
            if (info.bitDepth == 16) {
                sample = sample << 8 | line.getScanlineByte2()[from + channel] & 0xff;
            }
            if (sample != transparentSample[channel]) {
                return false;
            }
        }
        return true;
    }
}
