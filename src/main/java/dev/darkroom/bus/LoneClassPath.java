package dev.darkroom.bus;

import java.io.IOException;
import java.net.URL;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.function.Supplier;

/**
 * The class path without cluster managers. Vert.x makes one of each service that it finds there, also where no cluster is
 * wanted, and with its cluster manager would come Hazelcast's classes.
 */
public final class LoneClassPath extends ClassLoader {

    private static final String PROVIDERS = "META-INF/services/io.vertx.core.spi.VertxServiceProvider";
    private static final String CLUSTER_MANAGER = "vertx-hazelcast";

    private LoneClassPath(ClassLoader parent) {
        super(parent);
    }

    /** Makes something, such as a Vert.x, that is to find services other than cluster managers. On any thread. */
    public static <T> T within(Supplier<T> maker) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(new LoneClassPath(before));
        try {
            return maker.get();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    @Override
    public Enumeration<URL> getResources(String name) throws IOException {
        Enumeration<URL> all = super.getResources(name);
        if (!name.equals(PROVIDERS)) {
            return all;
        }
        List<URL> others = Collections.list(all).stream()
                .filter(url -> !url.toString().contains(CLUSTER_MANAGER))
                .toList();
        return Collections.enumeration(others);
    }
}
