package dev.darkroom.image;

import ar.com.hjg.pngj.FilterType;

/** How much time a PNG file's smallness is worth. */
public enum PngEffort {
    /** For pictures that are looked at once, such as previews. */
    FAST(1, FilterType.FILTER_SUB),
    /** For pictures that stay: 2 to 30 % smaller, depending on the picture, in two to three times the time. */
    SMALL(3, FilterType.FILTER_PAETH);

    private final int level;
    private final FilterType filter;

    PngEffort(int level, FilterType filter) {
        this.level = level;
        this.filter = filter;
    }

    /** Returns zlib's level, 0 to 9. */
    int level() {
        return level;
    }

    /** Returns how a row is predicted before it is compressed. */
    FilterType filter() {
        return filter;
    }
}
