package dev.darkroom.http.legacy;

import dev.darkroom.http.Contract;
import dev.darkroom.http.Schema;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.Set;

/**
 * What {@code openapi/legacy.yaml} holds, loaded once for all verticles.
 *
 * @param contract the whole
 * @param history the query of {@code job-history}, by name
 * @param query the query of {@code query-job}, by name
 */
public record LegacyContract(Contract contract, Map<String, Schema> history, Map<String, Schema> query) {

    private static final Set<String> BODIES = Set.of(
            "CommonRequest",
            "Text2ImgRequestWithPrompt",
            "ImgUpscaleOrVaryRequestJson",
            "ImgInpaintOrOutpaintRequestJson",
            "ImgPromptRequestJson",
            "ImgPromptForm",
            "ImageEnhanceRequestJson",
            "ImageEnhanceForm");

    public LegacyContract {
        history = Map.copyOf(history);
        query = Map.copyOf(query);
    }

    /** Reads and checks the contract, on a worker thread. */
    public static Future<LegacyContract> load(Vertx vertx) {
        Set<String> beside = Set.of("/files/{date}/{file_name}");
        return Contract.load(vertx, "openapi/legacy.yaml", BODIES, beside)
                .map(contract -> new LegacyContract(
                        contract,
                        contract.parameters("/v1/generation/job-history"),
                        contract.parameters("/v1/generation/query-job")));
    }
}
