package dev.darkroom;

/** The server's entry point. */
public final class Darkroom {

    private Darkroom() {}

    /**
     * Starts the server.
     *
     * @param arguments none
     */
    public static void main(String[] arguments) {}
}
