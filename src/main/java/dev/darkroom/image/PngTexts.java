package dev.darkroom.image;

import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Reads the texts of a PNG file ({@code tEXt}, {@code zTXt}, {@code iTXt}: PNG specification, section 11.3.3) without
 * touching its pixels. Own code, because the library inflates compressed texts without a bound.
 */
final class PngTexts {

    /** What a file's texts may take in memory: bytes. */
    static final int BOUND = 4 << 20;

    private static final Set<String> KINDS = Set.of("tEXt", "zTXt", "iTXt");

    private final ByteBuffer file;
    private int room = BOUND;

    PngTexts(byte[] file) {
        this.file = ByteBuffer.wrap(file).position(8);
    }

    /** Returns the texts by keyword, the first of each; what is damaged or does not fit the bound is left out. */
    Map<String, String> read() {
        Map<String, String> texts = new LinkedHashMap<>();
        while (file.remaining() >= 12) {
            int length = file.getInt();
            int type = file.getInt();
            if (length < 0 || length > file.remaining() - 4) {
                break;
            }
            byte[] name = ByteBuffer.allocate(4).putInt(type).array();
            String kind = new String(name, StandardCharsets.ISO_8859_1);
            if (KINDS.contains(kind)) {
                byte[] chunk = new byte[length];
                file.get(chunk);
                add(texts, kind, chunk);
            } else {
                file.position(file.position() + length);
            }
            file.getInt();
        }
        return texts;
    }

    private void add(Map<String, String> texts, String kind, byte[] chunk) {
        int end = zero(chunk, 0);
        if (end < 1 || end > 79) {
            return;
        }
        String keyword = new String(chunk, 0, end, StandardCharsets.ISO_8859_1);
        String text = switch (kind) {
            case "tEXt" -> text(chunk, end + 1, false, StandardCharsets.ISO_8859_1);
            case "zTXt" -> text(chunk, end + 2, true, StandardCharsets.ISO_8859_1);
            case "iTXt" -> international(chunk, end + 1);
            default -> null;
        };
        if (text != null) {
            texts.putIfAbsent(keyword, text);
        }
    }

    /** After the keyword stand a flag, a method, a language and a translated keyword, both ended by zeros. */
    private @Nullable String international(byte[] chunk, int at) {
        int language = zero(chunk, at + 2);
        int translated = language < 0 ? -1 : zero(chunk, language + 1);
        return translated < 0 ? null : text(chunk, translated + 1, chunk[at] == 1, StandardCharsets.UTF_8);
    }

    private @Nullable String text(byte[] chunk, int from, boolean compressed, Charset charset) {
        if (from > chunk.length) {
            return null;
        }
        byte[] bytes = compressed ? inflate(chunk, from) : Arrays.copyOfRange(chunk, from, chunk.length);
        if (bytes == null || bytes.length > room) {
            return null;
        }
        room -= bytes.length;
        return new String(bytes, charset);
    }

    private byte @Nullable [] inflate(byte[] chunk, int from) {
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(chunk, from, chunk.length - from);
            byte[] bytes = new byte[Math.min(room, 1024)];
            int length = 0;
            while (true) {
                int more = inflater.inflate(bytes, length, bytes.length - length);
                length += more;
                if (inflater.finished()) {
                    return Arrays.copyOf(bytes, length);
                }
                if (length == bytes.length && length < room) {
                    bytes = Arrays.copyOf(bytes, Math.min(room, length * 2));
                } else if (more == 0 || length == room) {
                    return null;
                }
            }
        } catch (DataFormatException damaged) {
            return null;
        } finally {
            inflater.end();
        }
    }

    private static int zero(byte[] bytes, int from) {
        for (int i = from; i < bytes.length; i++) {
            if (bytes[i] == 0) {
                return i;
            }
        }
        return -1;
    }
}
