package dev.darkroom.output;

import dev.darkroom.image.GenerationParameters;
import dev.darkroom.task.SavedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A page for each day, {@code log.html} beside its pictures. Entries are appended, so that a long day costs no more than
 * a short one; the page shows the newest first. Several servers may write: each holds the file's lock for one entry, and
 * cuts off what a server left unfinished that died while it wrote.
 */
public final class HtmlLog implements PictureLog {

    /** The page's name. */
    static final String NAME = "log.html";

    private static final byte[] MARK = HtmlLogPage.MARK.getBytes(StandardCharsets.UTF_8);
    private static final int TAIL = 1 << 16;
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(10);

    private final OutputFolder folder;

    public HtmlLog(OutputFolder folder) {
        this.folder = folder;
    }

    @Override
    public synchronized void add(SavedImage image, GenerationParameters made) throws IOException {
        Path picture = folder.root().resolve(image.path());
        Path day = picture.getParent();
        byte[] entry = HtmlLogPage.entry(picture.getFileName().toString(), made).getBytes(StandardCharsets.UTF_8);
        try (FileChannel page = FileChannel.open(
                        day.resolve(NAME),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
                FileLock held = lock(page)) {
            long end = held.isValid() ? endOfLastEntry(page) : 0;
            page.truncate(end);
            page.position(end);
            if (end == 0) {
                write(page, HtmlLogPage.header(day.getFileName().toString()).getBytes(StandardCharsets.UTF_8));
            }
            write(page, entry);
        }
    }

    /** Another server of this process may hold the lock, for which the system has no queue. */
    private static FileLock lock(FileChannel page) throws IOException {
        long until = System.nanoTime() + PATIENCE;
        while (true) {
            try {
                return page.lock();
            } catch (OverlappingFileLockException held) {
                if (System.nanoTime() > until) {
                    throw new IOException("it is locked", held);
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            }
        }
    }

    /** Returns where the next entry belongs; 0 if there is no header yet. */
    private static long endOfLastEntry(FileChannel page) throws IOException {
        long end = page.size();
        while (end > 0) {
            int length = (int) Math.min(end, TAIL);
            ByteBuffer tail = ByteBuffer.allocate(length);
            while (tail.hasRemaining() && page.read(tail, end - length + tail.position()) >= 0) {
                // a read may bring less than was asked for
            }
            for (int at = tail.position() - MARK.length; at >= 0; at--) {
                if (isMark(tail, at)) {
                    return end - length + at + MARK.length;
                }
            }
            if (length == end) {
                return 0;
            }
            // a mark may lie across the border
            end -= length - MARK.length;
        }
        return 0;
    }

    private static boolean isMark(ByteBuffer text, int at) {
        for (int i = 0; i < MARK.length; i++) {
            if (text.get(at + i) != MARK[i]) {
                return false;
            }
        }
        return true;
    }

    private static void write(FileChannel page, byte[] text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text);
        while (bytes.hasRemaining()) {
            page.write(bytes);
        }
    }
}
