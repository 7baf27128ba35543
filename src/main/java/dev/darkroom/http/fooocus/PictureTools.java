package dev.darkroom.http.fooocus;

import dev.darkroom.http.ApiException;
import dev.darkroom.http.Contract;
import dev.darkroom.http.Detail;
import dev.darkroom.http.JsonBody;
import dev.darkroom.http.RequestReader;
import dev.darkroom.http.Schema;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;

/** The tools that look at a picture: their requests are read by the contract, and refused by the field of the picture. */
public final class PictureTools {

    private static final int INPUT_SHOWN = 40;

    private final Schema.Structure mask;
    private final Schema.Structure description;

    /** @param contract with the schemas of FooocusAPI */
    public PictureTools(Contract contract) {
        mask = contract.structure("GenerateMaskRequest");
        description = contract.structure("DescribeImageRequest");
    }

    /** Answers {@code /v1/tools/generate_mask}. */
    public void generateMask(RoutingContext context) {
        throw refusal(context, mask, "this version makes no masks");
    }

    /** Answers {@code /v1/tools/describe-image}. */
    public void describeImage(RoutingContext context) {
        throw refusal(context, description, "this version describes no images");
    }

    private static ApiException refusal(RoutingContext context, Schema.Structure schema, String sentence) {
        String type = context.request().getHeader(HttpHeaderNames.CONTENT_TYPE);
        Map<String, Object> fields =
                RequestReader.read(schema, JsonBody.parse(type, context.body().buffer()));
        String image = (String) fields.get("image");
        String shown = image.substring(0, Math.min(INPUT_SHOWN, image.length()));
        return ApiException.invalid(List.of(Detail.valueError(List.of("body", "image"), sentence, shown)));
    }
}
