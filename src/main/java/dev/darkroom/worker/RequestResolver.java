package dev.darkroom.worker;

import dev.darkroom.diffusion.Guidance;
import dev.darkroom.diffusion.Samplers;
import dev.darkroom.diffusion.SamplingPlan;
import dev.darkroom.model.ModelDefaults;
import dev.darkroom.model.ModelTraits;
import dev.darkroom.prompt.AspectRatios;
import dev.darkroom.prompt.LoraCatalogue;
import dev.darkroom.prompt.Performance;
import dev.darkroom.prompt.StockRequest;
import dev.darkroom.task.TaskRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Makes of a request and a model what is sampled. Clients of FooocusAPI send that API's stock values without meaning
 * them; there the model's own default applies.
 */
final class RequestResolver {

    private static final String STOCK_SAMPLER = "dpmpp_2m_sde_gpu";
    private static final String STOCK_SCHEDULER = "karras";
    private static final int STOCK_STEPS = 30;
    private static final int STOCK_WIDTH = 1152;
    private static final int STOCK_HEIGHT = 896;
    private static final double STOCK_GUIDANCE = 4.0;
    private static final double STOCK_SHARPNESS = 2.0;
    private static final int STOCK_CLIP_SKIP = 2;
    private static final Pattern SIZE = Pattern.compile("\\s*(\\d{1,5})\\s*[*×xX]\\s*(\\d{1,5})\\b.*");

    /** The side in pixels of the squares that Stable Diffusion XL was trained on. */
    private static final int LARGE = 1024;

    /** A size that has this many times the model's own pixels was meant for a larger model. */
    private static final double TOO_LARGE = 2;
    /** Fooocus' sizes differ among themselves by a tenth. */
    private static final double LARGER = 1.2;

    private record Size(int width, int height) {
        double area() {
            return (double) width * height;
        }
    }

    private RequestResolver() {}

    /**
     * Resolves {@code request} for the model that {@code traits} describe.
     *
     * @param loras which there are
     */
    static ResolvedRequest resolve(TaskRequest request, ModelTraits traits, LoraCatalogue loras) {
        ModelDefaults defaults = traits.defaults();
        List<String> notes = new ArrayList<>();
        Size size = size(request, traits, notes);
        Performance performance =
                Performance.named(request.performanceSelection()).orElse(Performance.SPEED);
        String sampler = performance.sampler() != null && Samplers.names().contains(performance.sampler())
                ? performance.sampler()
                : named("sampler", request.samplerName(), STOCK_SAMPLER, defaults.sampler(), Samplers.names(), notes);
        String scheduler = performance.scheduler() != null
                ? forced(performance.scheduler())
                : named(
                        "scheduler",
                        request.schedulerName(),
                        STOCK_SCHEDULER,
                        defaults.scheduler(),
                        Samplers.schedules(),
                        notes);
        double guidance = request.guidanceScale() == STOCK_GUIDANCE
                ? or(defaults.guidanceScale(), STOCK_GUIDANCE)
                : request.guidanceScale();
        if (performance.lora() != null) {
            if (loras.has(performance.lora().stem())) {
                guidance = Performance.GUIDANCE;
            } else {
                notes.add(
                        "Of the preset %s only the steps, the sampler and the schedule apply: its LoRA %s is not installed."
                                .formatted(
                                        performance.title(), performance.lora().stem()));
            }
        }
        int clipSkip =
                request.clipSkip() == STOCK_CLIP_SKIP ? or(defaults.clipSkip(), STOCK_CLIP_SKIP) : request.clipSkip();
        String negative = request.negativePrompt().isBlank() ? defaults.negativePrompt() : request.negativePrompt();
        SamplingPlan plan = new SamplingPlan(
                size.width(), size.height(), sampler, scheduler, steps(request, performance, traits, notes), guidance);
        List<String> styles = request.styleSelections().equals(StockRequest.STYLES)
                ? or(defaults.styles(), StockRequest.STYLES)
                : request.styleSelections();
        return new ResolvedRequest(
                plan, guidance(request, traits, guidance), negative, clipSkip, styles, List.copyOf(notes));
    }

    /**
     * A model that takes its guidance as an input answers once for both prompts. The stock sharpness was chosen for the
     * latents of Stable Diffusion XL; other models have none unless asked for.
     */
    private static Guidance guidance(TaskRequest request, ModelTraits traits, double scale) {
        boolean unmeant = request.sharpness() == STOCK_SHARPNESS && traits.nativeSize() < LARGE;
        return new Guidance(
                traits.embedsGuidance() ? 1 : scale,
                or(traits.defaults().guidanceRescale(), 0.0),
                request.adaptiveCfg(),
                unmeant ? 0 : request.sharpness());
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

    /** LCM's schedule is the one below on an LCM's own levels of noise. */
    private static String forced(String scheduler) {
        return Samplers.schedules().contains(scheduler) ? scheduler : "sgm_uniform";
    }

    private static int steps(TaskRequest request, Performance performance, ModelTraits traits, List<String> notes) {
        if (request.overwriteStep() > 0) {
            int most = traits.schedule().trainSteps() - 1;
            if (request.overwriteStep() > most) {
                notes.add(
                        "%d steps were asked for; the model has %d at most.".formatted(request.overwriteStep(), most));
            }
            return Math.min(request.overwriteStep(), most);
        }
        return performance == Performance.SPEED ? or(traits.defaults().steps(), STOCK_STEPS) : performance.steps();
    }

    private static Size size(TaskRequest request, ModelTraits traits, List<String> notes) {
        Size own = ownSize(traits);
        Size asked = parsed(request.aspectRatiosSelection());
        Size size = own;
        if (asked != null && !(asked.width() == STOCK_WIDTH && asked.height() == STOCK_HEIGHT)) {
            size = asked;
            double meant = AspectRatios.contains(asked.width(), asked.height()) ? LARGER : TOO_LARGE;
            if (asked.area() > meant * own.area()) {
                double scale = Math.sqrt(own.area() / asked.area());
                size = new Size((int) Math.round(asked.width() * scale), (int) Math.round(asked.height() * scale));
            }
        }
        int multiple = traits.sizeMultiple();
        Size snapped = new Size(
                snap(request.overwriteWidth() > 0 ? request.overwriteWidth() : size.width(), multiple),
                snap(request.overwriteHeight() > 0 ? request.overwriteHeight() : size.height(), multiple));
        if (asked != null && size != own && !snapped.equals(asked) && request.overwriteWidth() <= 0) {
            notes.add("The size %d×%d was brought to %d×%d, which suits the model."
                    .formatted(asked.width(), asked.height(), snapped.width(), snapped.height()));
        }
        return snapped;
    }

    private static Size ownSize(ModelTraits traits) {
        ModelDefaults defaults = traits.defaults();
        if (defaults.width() != null && defaults.height() != null) {
            return new Size(defaults.width(), defaults.height());
        }
        int side = traits.nativeSize();
        return side >= LARGE ? new Size(STOCK_WIDTH, STOCK_HEIGHT) : new Size(side, side);
    }

    private static @Nullable Size parsed(String text) {
        Matcher matcher = SIZE.matcher(text);
        if (!matcher.matches()) {
            return null;
        }
        Size size = new Size(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
        return size.width() > 0 && size.height() > 0 ? size : null;
    }

    private static int snap(int pixels, int multiple) {
        return Math.max(multiple, Math.round((float) pixels / multiple) * multiple);
    }
}
