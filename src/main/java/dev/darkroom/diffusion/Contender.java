package dev.darkroom.diffusion;

/** Something that wants rows of the next model call. */
public interface Contender {

    /** Returns what those who share a call have in common. */
    Object company();

    /** Returns how many rows of a call it takes. */
    int modelRows();

    /** Returns its priority: higher goes first. */
    int priority();

    /** Returns its place among those of its priority: lower goes first. */
    double urgency();
}
