package dev.darkroom.http.fooocus;

import dev.darkroom.bus.ModelMessage;
import dev.darkroom.http.ApiError;
import dev.darkroom.http.ApiException;
import dev.darkroom.http.Detail;
import dev.darkroom.prompt.StockRequest;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds the model that a request means.
 *
 * @param aliases other names of models, by the user's word
 * @param lenient a name that nobody knows means the default model
 */
public record ModelNames(Map<String, String> aliases, boolean lenient) {

    private static final Set<String> DEFAULT = Set.of("", "None", "none", StockRequest.MODEL);
    private static final Pattern FILE_END = Pattern.compile("\\.(safetensors|ckpt|pth|bin)$");
    private static final List<Object> LOCATION = List.of("body", "base_model_name");

    public ModelNames {
        aliases = Map.copyOf(aliases);
    }

    /** Returns the same for clients whose unknown names mean the default model. */
    public ModelNames orDefault() {
        return new ModelNames(aliases, true);
    }

    /**
     * Returns the model folder behind {@code name}: a model of that name, with or without the end of a file's name, or an
     * alias. FooocusAPI's stock default, which its clients send without meaning it, and no name at all mean the preset's
     * model if that is there, else the default one.
     *
     * @param presetModel what the request's preset names, or null
     * @throws ApiException 422 for an unknown or refused model, 503 if there is none at all
     */
    public String resolve(String name, @Nullable String presetModel, ModelMessage.Catalogue catalogue) {
        Optional<ModelMessage.ModelEntry> named = find(name, catalogue);
        if (named.isPresent()) {
            return usable(named.get(), name);
        }
        if (!lenient && !DEFAULT.contains(name)) {
            throw refused(
                    "there is no model \"%s\"; known are %s, and this brings another: darkroom models add <url or path>"
                            .formatted(name, known(catalogue)),
                    name);
        }
        Optional<String> wanted = Optional.ofNullable(presetModel)
                .flatMap(model -> find(model, catalogue))
                .filter(model -> model.state() != ModelMessage.ModelState.REFUSED)
                .map(ModelMessage.ModelEntry::name);
        if (wanted.isPresent()) {
            return wanted.get();
        }
        if (catalogue.defaultModel() == null) {
            throw new ApiException(new ApiError.Later(
                    503, "This server has no model; this brings one: darkroom models add <url or path>", 30));
        }
        return catalogue.defaultModel();
    }

    private Optional<ModelMessage.ModelEntry> find(String name, ModelMessage.Catalogue catalogue) {
        String meant = aliases.getOrDefault(name, name);
        return exactly(meant, catalogue)
                .or(() -> exactly(FILE_END.matcher(meant).replaceFirst(""), catalogue));
    }

    private static Optional<ModelMessage.ModelEntry> exactly(String name, ModelMessage.Catalogue catalogue) {
        return catalogue.models().stream()
                .filter(model -> model.name().equals(name))
                .findFirst();
    }

    private static String usable(ModelMessage.ModelEntry model, String name) {
        if (model.state() == ModelMessage.ModelState.REFUSED) {
            throw refused("the model \"%s\" can't be used: %s".formatted(model.name(), model.problem()), name);
        }
        return model.name();
    }

    private static ApiException refused(String sentence, String name) {
        return ApiException.invalid(List.of(Detail.valueError(LOCATION, sentence, name)));
    }

    private static List<String> known(ModelMessage.Catalogue catalogue) {
        return catalogue.models().stream()
                .filter(model -> model.state() != ModelMessage.ModelState.REFUSED)
                .map(ModelMessage.ModelEntry::name)
                .toList();
    }
}
