package dev.darkroom.model;

/** The memory that a device's models live in. Safe from any thread; may block for some 100 ms. */
public interface DeviceMemory {

    /** Returns the bytes that there are, or -1 if that can't be found out. */
    long total();

    /** Returns the bytes in use, by whatever means the device has to tell, or -1. */
    long used();

    /** Returns the part of {@link #total()} that models may take when no setting says otherwise. */
    double usualShare();

    /** Gives freed memory back to the system, where it would be kept for later. */
    void trim();
}
