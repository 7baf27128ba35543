package dev.darkroom.worker;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.darkroom.diffusion.BatchKey;
import dev.darkroom.diffusion.LatencyCurve;
import dev.darkroom.diffusion.ModelCurves;
import dev.darkroom.model.ModelTraits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder with what was measured of models' latencies: a JSON file for each device and model, named by both, so that
 * neither another device nor other weights are taken for the same. Safe from any thread; blocks for the size of a page.
 */
public final class CurveFolder {

    private static final Logger LOG = LoggerFactory.getLogger(CurveFolder.class);
    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    private static final int HASH_DIGITS = 16;

    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Kept(String device, String model, String weights, List<Curve> curves) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    private record Curve(int latentHeight, int latentWidth, int tokens, List<LatencyCurve.Point> calls) {}

    private final Path folder;
    private final String device;

    /**
     * @param folder need not be there
     * @param device its name
     */
    public CurveFolder(Path folder, String device) {
        this.folder = folder;
        this.device = device;
    }

    /** Returns what is known of a model; nothing if no file is there or it is broken. */
    public ModelCurves read(ModelTraits traits) {
        ModelCurves curves = new ModelCurves();
        Path file = file(traits);
        if (Files.notExists(file)) {
            return curves;
        }
        try {
            Kept kept = JSON.readValue(Files.readAllBytes(file), Kept.class);
            for (Curve curve : kept.curves()) {
                if (curve.calls().stream().allMatch(CurveFolder::isPlausible)) {
                    curves.put(new BatchKey(curve.latentHeight(), curve.latentWidth(), curve.tokens()), curve.calls());
                }
            }
        } catch (IOException | RuntimeException broken) {
            LOG.warn("{} is not used: {}", file, broken.getMessage());
            return new ModelCurves();
        }
        return curves;
    }

    private static List<LatencyCurve.Point> measured(LatencyCurve curve) {
        return curve.points().stream().filter(point -> point.samples() > 0).toList();
    }

    private static boolean isPlausible(LatencyCurve.Point point) {
        return point.rows() > 0 && point.samples() > 0 && point.millis() > 0 && Double.isFinite(point.millis());
    }

    /** Returns what writes a model's curves as they are now; it throws {@link UncheckedIOException}. */
    public Runnable writing(ModelTraits traits, ModelCurves curves) {
        List<Curve> all = curves.all().entrySet().stream()
                .map(entry -> new Curve(
                        entry.getKey().latentHeight(),
                        entry.getKey().latentWidth(),
                        entry.getKey().tokens(),
                        measured(entry.getValue())))
                .filter(curve -> !curve.calls().isEmpty())
                .toList();
        Kept kept = new Kept(device, traits.name(), traits.weightsHash(), all);
        return () -> {
            try {
                write(file(traits), JSON.writeValueAsBytes(kept));
            } catch (IOException unwritten) {
                throw new UncheckedIOException(unwritten);
            }
        };
    }

    /** Whoever reads meanwhile sees the old file or the new one. */
    private void write(Path file, byte[] text) throws IOException {
        Files.createDirectories(folder);
        Path temporary = folder.resolve(file.getFileName() + "." + UUID.randomUUID() + ".tmp");
        try {
            Files.write(temporary, text);
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private Path file(ModelTraits traits) {
        String name = device.replaceAll("[^A-Za-z0-9]+", "-");
        String id = UUID.nameUUIDFromBytes(device.getBytes(StandardCharsets.UTF_8))
                .toString()
                .substring(0, 8);
        String weights = traits.weightsHash();
        return folder.resolve("%s-%s-%s.json"
                .formatted(name, id, weights.substring(0, Math.min(HASH_DIGITS, weights.length()))));
    }
}
