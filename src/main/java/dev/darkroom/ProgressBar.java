package dev.darkroom;

import dev.darkroom.model.install.Progress;
import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

/** Draws on a terminal how far something is; elsewhere it writes a line every tenth. */
final class ProgressBar implements Progress {

    private static final int WIDTH = 30;
    private static final long REDRAW_NANOS = 100_000_000;

    private final PrintStream out;
    private final boolean terminal;
    private final LongSupplier clock;
    private String what = "";
    private long begun;
    private long first;
    private long drawn;
    private long tenth;
    private boolean open;

    /** @param clock nanoseconds */
    ProgressBar(PrintStream out, boolean terminal, LongSupplier clock) {
        this.out = out;
        this.terminal = terminal;
        this.clock = clock;
    }

    @Override
    public void at(String what, long done, long total) {
        long now = clock.getAsLong();
        if (!this.what.equals(what)) {
            end();
            this.what = what;
            begun = now;
            first = done;
            drawn = now - REDRAW_NANOS;
            tenth = -1;
        }
        if (terminal) {
            if (now - drawn >= REDRAW_NANOS || done == total) {
                drawn = now;
                open = true;
                out.print("\r" + line(done, total, now - begun) + "\033[K");
                out.flush();
            }
        } else if (total > 0 && done * 10 / total > tenth) {
            tenth = done * 10 / total;
            out.println(line(done, total, now - begun).strip());
        }
    }

    @Override
    public void note(String sentence) {
        end();
        out.println(sentence);
    }

    /** Leaves the line. */
    void end() {
        if (open) {
            out.println();
            open = false;
        }
        what = "";
    }

    private String line(long done, long total, long nanos) {
        double speed = nanos > 0 ? (done - first) * 1e9 / nanos : 0;
        String pace = speed > 0 ? "  %s/s".formatted(size((long) speed)) : "";
        if (total <= 0) {
            return "%s  %s%s".formatted(what, size(done), pace);
        }
        int filled = (int) (WIDTH * done / total);
        String left = speed > 0 && done < total ? "  %s left".formatted(time((long) ((total - done) / speed))) : "";
        String bar = terminal ? "[" + "#".repeat(filled) + " ".repeat(WIDTH - filled) + "] " : "";
        return "%s %s%d %%  %s of %s%s%s".formatted(what, bar, 100 * done / total, size(done), size(total), pace, left);
    }

    private static String time(long seconds) {
        return seconds < 90 ? seconds + " s" : (seconds + 30) / 60 + " min";
    }

    /** Returns a number of bytes for people. */
    static String size(long bytes) {
        if (bytes < 1_000_000) {
            return "%d kB".formatted((bytes + 500) / 1000);
        }
        return bytes < 1_000_000_000
                ? "%d MB".formatted((bytes + 500_000) / 1_000_000)
                : String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
    }
}
