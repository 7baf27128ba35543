package dev.darkroom.store;

import java.nio.file.Path;

/** Starts an embedded database, prints its URI and waits to be killed. */
public final class ChildServer {

    private ChildServer() {}

    /** @param arguments the database's folder */
    public static void main(String[] arguments) throws InterruptedException {
        EmbeddedPostgres postgres = EmbeddedPostgres.start(Path.of(arguments[0]), 0, sentence -> {});
        var database = postgres.connectOptions();
        System.out.printf(
                "postgresql://%s:%s@127.0.0.1:%d/%s%n",
                database.getUser(), database.getPassword(), database.getPort(), database.getDatabase());
        Thread.currentThread().join();
    }
}
