package dev.darkroom.store;

import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives each test class a {@link PgConnectOptions} for an empty database of its own, all in one embedded PostgreSQL that
 * starts with the first of them and ends with the tests.
 */
public final class EmbeddedDatabase implements BeforeAllCallback, ParameterResolver {

    private static final ExtensionContext.Namespace NAMESPACE =
            ExtensionContext.Namespace.create(EmbeddedDatabase.class);

    /** The server that all test classes share. */
    private static final class Shared implements AutoCloseable {
        private final Path folder;
        private final EmbeddedPostgres postgres;
        private final AtomicInteger databases = new AtomicInteger();

        Shared() throws Exception {
            folder = Files.createTempDirectory("darkroom-database");
            postgres = EmbeddedPostgres.start(folder.resolve("postgres"), 0, sentence -> {});
        }

        PgConnectOptions newDatabase() throws Exception {
            String name = "test_" + databases.incrementAndGet();
            Vertx vertx = Vertx.vertx();
            try {
                Pool pool = PgBuilder.pool()
                        .with(new PoolOptions().setMaxSize(1))
                        .connectingTo(postgres.connectOptions())
                        .using(vertx)
                        .build();
                pool.query("CREATE DATABASE " + name)
                        .execute()
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get(60, TimeUnit.SECONDS);
            } finally {
                vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
            }
            return new PgConnectOptions(postgres.connectOptions()).setDatabase(name);
        }

        @Override
        public void close() throws IOException {
            postgres.close();
            DeletedFolder.delete(folder);
        }
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        Shared shared = context.getRoot().getStore(NAMESPACE).computeIfAbsent("server", key -> start(), Shared.class);
        context.getStore(NAMESPACE).put("database", shared.newDatabase());
    }

    private static Shared start() {
        try {
            return new Shared();
        } catch (Exception e) {
            throw new IllegalStateException("the embedded database for the tests does not start", e);
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == PgConnectOptions.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getStore(NAMESPACE).get("database", PgConnectOptions.class);
    }
}
