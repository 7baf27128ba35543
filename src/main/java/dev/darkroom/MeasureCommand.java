package dev.darkroom;

import dev.darkroom.diffusion.BatchKey;
import dev.darkroom.diffusion.CurveProbe;
import dev.darkroom.diffusion.LatencyCurve;
import dev.darkroom.diffusion.ModelCurves;
import dev.darkroom.model.Conditioning;
import dev.darkroom.model.DeviceConfig;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelCatalogue;
import dev.darkroom.model.ModelException;
import dev.darkroom.model.ModelFolder;
import dev.darkroom.model.ModelLoader;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.model.OnnxModelLoader;
import dev.darkroom.worker.CurveFolder;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code darkroom models measure NAME}: takes a model's latency curve anew, and keeps it for servers that start later. */
final class MeasureCommand {

    private static final int DONE = 0;
    private static final int FAILED = 1;
    private static final int WRONG_USE = 2;
    private static final int SAMPLES = 5;
    private static final Duration LONGEST = Duration.ofMinutes(5);

    private final Path models;
    private final Path measurements;
    private final DeviceConfig device;
    private final int mostRows;
    private final PrintStream out;
    private final PrintStream err;

    /**
     * @param measurements the folder where curves are kept
     * @param mostRows of a call
     */
    MeasureCommand(
            Path models, Path measurements, DeviceConfig device, int mostRows, PrintStream out, PrintStream err) {
        this.models = models;
        this.measurements = measurements;
        this.device = device;
        this.mostRows = mostRows;
        this.out = out;
        this.err = err;
    }

    /** Measures; returns the exit code: 0 if it is done, 1 if it failed, 2 if nobody can know what is meant. */
    int run(List<String> arguments) {
        if (arguments.size() != 1) {
            err.println("darkroom: models measure needs the name of a model");
            return WRONG_USE;
        }
        String name = arguments.get(0);
        Optional<ModelFolder> folder = new ModelCatalogue(models)
                .scan().stream().filter(found -> found.name().equals(name)).findFirst();
        if (folder.isEmpty()) {
            err.println("darkroom: there is no model %s in %s".formatted(name, models));
            return FAILED;
        }
        try {
            ModelLoader loader = new OnnxModelLoader(device);
            try (LoadedModel model = loader.load(folder.get())) {
                measure(model, new CurveFolder(measurements, loader.device().name()));
            }
            return DONE;
        } catch (ModelException | UncheckedIOException failed) {
            err.println("darkroom: " + failed.getMessage());
            return FAILED;
        }
    }

    private void measure(LoadedModel model, CurveFolder kept) throws ModelException {
        ModelTraits traits = model.traits();
        Conditioning text = model.encode("", 1);
        BatchKey shape = new BatchKey(
                positions(traits.defaults().height(), traits),
                positions(traits.defaults().width(), traits),
                text.tokens());
        LatencyCurve curve = new LatencyCurve();
        CurveProbe probe = new CurveProbe(model, shape, text, curve, mostRows, SAMPLES, LONGEST.toNanos());
        while (!probe.done()) {
            probe.turn();
        }
        ModelCurves curves = kept.read(traits);
        curves.put(shape, curve.points());
        curves.share(shape);
        kept.writing(traits, curves).run();
        out.println("%s, latents of %d x %d".formatted(traits.name(), shape.latentHeight(), shape.latentWidth()));
        out.println("rows  ms a call  rows/s");
        for (LatencyCurve.Point point : curve.points()) {
            out.println(
                    "%4d %10.1f %7.1f".formatted(point.rows(), point.millis(), 1000 * point.rows() / point.millis()));
        }
        out.println("A call holds %d rows at most; one of guided images, which take two each, %d."
                .formatted(curve.cap(1, mostRows, System.nanoTime()), curve.cap(2, mostRows, System.nanoTime())));
    }

    private static int positions(@Nullable Integer pixels, ModelTraits traits) {
        return Math.max(1, (pixels == null ? traits.nativeSize() : pixels) / traits.latentScale());
    }
}
