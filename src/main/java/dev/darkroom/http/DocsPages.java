package dev.darkroom.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The browsable contract at {@code /docs}. Everything it needs comes from the class path; it may fetch nothing else. */
final class DocsPages {

    private static final String SCRIPT = "META-INF/resources/webjars/scalar/scalar.js";
    private static final String POLICY = "default-src 'none'; script-src 'self' 'unsafe-eval'; "
            + "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
            + "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    private static final String PAGE = """
            <!doctype html>
            <html lang="en">
              <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <title>Darkroom</title>
              </head>
              <body>
                <noscript>The contract itself is at <a href="/openapi.json">/openapi.json</a>.</noscript>
                <script id="api-reference" data-url="/openapi.json"
                  data-configuration='{"withDefaultFonts":false,"telemetry":false,"agent":{"disabled":true},
                    "mcp":{"disabled":true},"showDeveloperTools":"never"}'></script>
                <script src="/docs/scalar.js"></script>
              </body>
            </html>
            """;

    private final Buffer contract;
    private final Buffer script;

    /**
     * Reads the script; blocks.
     *
     * @param contract the published contract as JSON
     */
    DocsPages(Buffer contract) {
        this.contract = contract;
        script = resource(SCRIPT);
    }

    void attach(Router router) {
        router.get("/docs").handler(this::page);
        router.get("/docs/scalar.js").handler(context -> send(context, "text/javascript; charset=utf-8", script));
        router.get("/openapi.json").handler(context -> send(context, "application/json", contract));
    }

    private void page(RoutingContext context) {
        context.response().putHeader("Content-Security-Policy", POLICY);
        send(context, "text/html; charset=utf-8", Buffer.buffer(PAGE));
    }

    private static void send(RoutingContext context, String type, Buffer body) {
        context.response()
                .putHeader(HttpHeaderNames.CONTENT_TYPE, type)
                .putHeader("X-Content-Type-Options", "nosniff")
                .end(body);
    }

    private static Buffer resource(String name) {
        try (InputStream in = DocsPages.class.getClassLoader().getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("not on the class path: " + name);
            }
            return Buffer.buffer(in.readAllBytes());
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
