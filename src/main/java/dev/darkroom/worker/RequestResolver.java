package dev.darkroom.worker;

import dev.darkroom.diffusion.AdmScaling;
import dev.darkroom.diffusion.Guidance;
import dev.darkroom.diffusion.Samplers;
import dev.darkroom.diffusion.SamplingPlan;
import dev.darkroom.image.ImageSize;
import dev.darkroom.model.Family;
import dev.darkroom.model.ModelDefaults;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.prompt.AspectRatios;
import dev.darkroom.prompt.LoraCatalogue;
import dev.darkroom.prompt.Performance;
import dev.darkroom.prompt.StockRequest;
import dev.darkroom.task.TaskRequest;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes of a request and a model what is sampled. Clients of FooocusAPI send that API's stock values without meaning
 * them; there the model's own default applies.
 */
final class RequestResolver {

    /** The side in pixels of the squares that Stable Diffusion XL was trained on. */
    private static final int LARGE = 1024;

    /** A size that has this many times the model's own pixels was meant for a larger model. */
    private static final double TOO_LARGE = 2;
    /** Fooocus' sizes differ among themselves by a tenth. */
    private static final double LARGER = 1.2;

    private RequestResolver() {}

    /**
     * Resolves {@code request} for the model that {@code traits} describe.
     *
     * @param loras which there are
     */
    static ResolvedRequest resolve(TaskRequest request, ModelTraits traits, LoraCatalogue loras) {
        ModelDefaults defaults = traits.defaults();
        List<String> notes = new ArrayList<>();
        ImageSize size = size(request, traits, notes);
        Performance performance =
                Performance.named(request.performanceSelection()).orElse(Performance.SPEED);
        String sampler = performance.sampler() != null
                ? performance.sampler()
                : named(
                        "sampler",
                        request.samplerName(),
                        StockRequest.SAMPLER,
                        defaults.sampler(),
                        Samplers.names(),
                        notes);
        String scheduler = performance.scheduler() != null
                ? performance.scheduler()
                : named(
                        "scheduler",
                        request.schedulerName(),
                        StockRequest.SCHEDULER,
                        defaults.scheduler(),
                        Samplers.schedules(),
                        notes);
        double guidance = request.guidanceScale() == StockRequest.GUIDANCE
                ? or(defaults.guidanceScale(), StockRequest.GUIDANCE)
                : request.guidanceScale();
        boolean withItsLora = false;
        if (performance.lora() != null) {
            withItsLora = loras.has(performance.lora().stem());
            if (withItsLora) {
                guidance = Performance.GUIDANCE;
            } else {
                notes.add(
                        "Of the preset %s only the steps, the sampler and the schedule apply: its LoRA %s is not installed."
                                .formatted(
                                        performance.title(), performance.lora().stem()));
            }
        }
        int clipSkip = clipSkip(request, traits, notes);
        String negative = request.negativePrompt().isBlank() ? defaults.negativePrompt() : request.negativePrompt();
        SamplingPlan plan = new SamplingPlan(
                size.width(), size.height(), sampler, scheduler, steps(request, performance, traits, notes), guidance);
        List<String> styles = request.styleSelections().equals(StockRequest.STYLES)
                ? or(defaults.styles(), StockRequest.STYLES)
                : request.styleSelections();
        Guidance guided = guidance(request, traits, guidance);
        AdmScaling admScaling = withItsLora ? null : admScaling(request, traits, guided);
        return new ResolvedRequest(plan, guided, admScaling, negative, clipSkip, styles, List.copyOf(notes));
    }

    /**
     * A model that takes its guidance as an input answers once for both prompts. The stock sharpness was chosen for the
     * latents of Stable Diffusion XL; other models have none unless asked for.
     */
    private static Guidance guidance(TaskRequest request, ModelTraits traits, double scale) {
        boolean unmeant = request.sharpness() == StockRequest.SHARPNESS && traits.nativeSize() < LARGE;
        return new Guidance(
                traits.embedsGuidance() ? 1 : scale,
                or(traits.defaults().guidanceRescale(), 0.0),
                request.adaptiveCfg(),
                unmeant ? 0 : request.sharpness());
    }

    /**
     * Only SDXL is told sizes. What was distilled to a few steps without guidance learned from the true ones, and is told
     * those unless others than the stock values were asked for.
     */
    private static @Nullable AdmScaling admScaling(TaskRequest request, ModelTraits traits, Guidance guidance) {
        if (traits.family() != Family.STABLE_DIFFUSION_XL) {
            return null;
        }
        AdmScaling stock = AdmScaling.STOCK;
        AdmScaling asked = new AdmScaling(
                or(request.admScalerPositive(), stock.positive()),
                or(request.admScalerNegative(), stock.negative()),
                or(request.admScalerEnd(), stock.end()));
        boolean distilled = traits.embedsGuidance()
                || or(traits.defaults().guidanceScale(), StockRequest.GUIDANCE) == Performance.GUIDANCE;
        return distilled && !guidance.needsNegative() && asked.equals(stock) ? null : asked;
    }

    private static int clipSkip(TaskRequest request, ModelTraits traits, List<String> notes) {
        int asked = request.clipSkip() == StockRequest.CLIP_SKIP
                ? or(traits.defaults().clipSkip(), StockRequest.CLIP_SKIP)
                : request.clipSkip();
        if (asked > traits.clipSkips()) {
            notes.add("clip_skip %d was asked for; the model's text encoder gives %d at most."
                    .formatted(asked, traits.clipSkips()));
        }
        return Math.min(asked, traits.clipSkips());
    }

    private static <T> T or(@Nullable T value, T fallback) {
        return value == null ? fallback : value;
    }

    private static String named(
            String what,
            String asked,
            String stock,
            @Nullable String modelsOwn,
            List<String> known,
            List<String> notes) {
        String usual = modelsOwn != null && known.contains(modelsOwn)
                ? modelsOwn
                : known.contains(stock) ? stock : known.get(0);
        if (asked.equals(stock)) {
            return usual;
        }
        if (known.contains(asked)) {
            return asked;
        }
        notes.add("The %s %s is not available; %s was used instead.".formatted(what, asked, usual));
        return usual;
    }

    private static int steps(TaskRequest request, Performance performance, ModelTraits traits, List<String> notes) {
        if (request.overwriteStep() > 0) {
            int most = Samplers.mostSteps(traits);
            if (request.overwriteStep() > most) {
                notes.add(
                        "%d steps were asked for; the model has %d at most.".formatted(request.overwriteStep(), most));
            }
            return Math.min(request.overwriteStep(), most);
        }
        return performance == Performance.SPEED
                ? or(traits.defaults().steps(), Performance.SPEED.steps())
                : performance.steps();
    }

    private static ImageSize size(TaskRequest request, ModelTraits traits, List<String> notes) {
        ImageSize own = ownSize(traits);
        ImageSize asked = AspectRatios.parse(request.aspectRatiosSelection())
                .filter(size -> size.pixels() > 0)
                .orElse(null);
        ImageSize size = own;
        if (asked != null && !asked.equals(StockRequest.SIZE)) {
            size = asked;
            double meant = AspectRatios.contains(asked.width(), asked.height()) ? LARGER : TOO_LARGE;
            if (asked.pixels() > meant * own.pixels()) {
                double scale = Math.sqrt((double) own.pixels() / asked.pixels());
                size = new ImageSize((int) Math.round(asked.width() * scale), (int) Math.round(asked.height() * scale));
            }
        }
        int multiple = traits.sizeMultiple();
        ImageSize snapped = new ImageSize(
                snap(request.overwriteWidth() > 0 ? request.overwriteWidth() : size.width(), multiple),
                snap(request.overwriteHeight() > 0 ? request.overwriteHeight() : size.height(), multiple));
        if (asked != null && size != own && !snapped.equals(asked) && request.overwriteWidth() <= 0) {
            notes.add("The size %d×%d was brought to %d×%d, which suits the model."
                    .formatted(asked.width(), asked.height(), snapped.width(), snapped.height()));
        }
        return snapped;
    }

    private static ImageSize ownSize(ModelTraits traits) {
        ModelDefaults defaults = traits.defaults();
        if (defaults.width() != null && defaults.height() != null) {
            return new ImageSize(defaults.width(), defaults.height());
        }
        int side = traits.nativeSize();
        return side >= LARGE ? StockRequest.SIZE : new ImageSize(side, side);
    }

    private static int snap(int pixels, int multiple) {
        return Math.max(multiple, Math.round((float) pixels / multiple) * multiple);
    }
}
