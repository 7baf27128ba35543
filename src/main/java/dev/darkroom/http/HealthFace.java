package dev.darkroom.http;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;

/** What a node that only runs tasks serves: how it goes, for whoever supervises it. */
public final class HealthFace implements Face {

    private static final String CONTRACT = """
            {"openapi": "3.1.0", "info": {"title": "Darkroom, a node that runs tasks", "version": "1"}, "paths": {\
            "/health": {"get": {"responses": {"200": {"description": "ready"}, "503": {"description": "not ready"}}}},\
            "/health/ready": {"get": {"responses": {"200": {"description": "ready"}, "503": {"description": "not ready"}}}},\
            "/health/live": {"get": {"responses": {"200": {"description": "the process answers"}}}}}}""";

    @Override
    public Buffer published() {
        return Buffer.buffer(CONTRACT);
    }

    @Override
    public Router router(Vertx vertx, HttpDesk desk) {
        Router router = Router.router(vertx);
        router.get("/health").handler(desk.health()::ready);
        router.get("/health/ready").handler(desk.health()::ready);
        router.get("/health/live").handler(desk.health()::live);
        return router;
    }
}
