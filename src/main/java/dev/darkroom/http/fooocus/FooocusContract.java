package dev.darkroom.http.fooocus;

import dev.darkroom.http.Contract;
import dev.darkroom.http.Schema;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.Set;

/**
 * What {@code openapi/fooocus.yaml} holds, loaded once for all verticles.
 *
 * @param contract the whole
 * @param generate the body of a request for images
 * @param listParameters the query of {@code /tasks}, by name
 */
public record FooocusContract(Contract contract, Schema.Structure generate, Map<String, Schema> listParameters) {

    public FooocusContract {
        listParameters = Map.copyOf(listParameters);
    }

    /** Reads and checks the contract, on a worker thread. */
    public static Future<FooocusContract> load(Vertx vertx) {
        Set<String> bodies = Set.of("CommonRequest", "GenerateMaskRequest", "DescribeImageRequest", "PngInfoRequest");
        Set<String> beside = Set.of("/outputs/{path}", "/inputs/{file_name}");
        return Contract.load(vertx, "openapi/fooocus.yaml", bodies, beside)
                .map(contract -> new FooocusContract(
                        contract, contract.structure("CommonRequest"), contract.parameters("/tasks")));
    }
}
