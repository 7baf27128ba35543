package dev.darkroom.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * Names a folder's weights: SHA-256 over the names, sizes and samples of the files that decide the picture. A sample is
 * the whole file up to 8 MiB; of a larger one its first and last MiB and 96 pieces of 64 KiB spread evenly between them.
 * So a retrained or merged model gets another name within milliseconds, while a change of a few bytes deep in a large
 * file may be missed.
 */
final class WeightsHash {
    private static final int WHOLE = 8 << 20;
    private static final int END = 1 << 20;
    private static final int PIECE = 64 << 10;
    private static final int PIECES = 96;
    private static final List<String> PARTS =
            List.of("scheduler", "text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2", "unet", "vae_decoder");

    private final MessageDigest digest;
    private final ByteBuffer buffer = ByteBuffer.allocate(PIECE);

    private WeightsHash() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException everyPlatformHasIt) {
            throw new IllegalStateException(everyPlatformHasIt);
        }
    }

    /** Returns 64 hexadecimal digits. */
    static String of(Path folder) throws IOException {
        WeightsHash hash = new WeightsHash();
        for (String part : PARTS) {
            if (!Files.isDirectory(folder.resolve(part))) {
                continue;
            }
            try (Stream<Path> files = Files.list(folder.resolve(part))) {
                for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                    hash.add(part + "/" + file.getFileName(), file);
                }
            }
        }
        return HexFormat.of().formatHex(hash.digest.digest());
    }

    private void add(String name, Path file) throws IOException {
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            long size = channel.size();
            digest.update("%s %d\n".formatted(name, size).getBytes(StandardCharsets.UTF_8));
            if (size <= WHOLE) {
                add(channel, 0, size);
                return;
            }
            add(channel, 0, END);
            long middle = size - 2L * END;
            for (int piece = 0; piece < PIECES; piece++) {
                add(channel, END + middle / PIECES * piece, PIECE);
            }
            add(channel, size - END, END);
        }
    }

    private void add(SeekableByteChannel channel, long from, long length) throws IOException {
        channel.position(from);
        long left = length;
        while (left > 0) {
            buffer.clear().limit((int) Math.min(left, PIECE));
            if (channel.read(buffer) < 0) {
                return;
            }
            left -= buffer.position();
            digest.update(buffer.flip());
        }
    }
}
