package dev.darkroom.model.install;

/** Hears how far something is. */
public interface Progress {

    /**
     * Something has gone on.
     *
     * @param what is done, such as "Downloading"
     * @param done bytes
     * @param total bytes, or -1 if unknown
     */
    void at(String what, long done, long total);

    /** Something is worth a line. */
    void note(String sentence);
}
