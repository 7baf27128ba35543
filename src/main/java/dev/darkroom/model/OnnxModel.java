package dev.darkroom.model;

import dev.darkroom.image.RgbImage;
import org.jspecify.annotations.Nullable;

/** A Stable Diffusion pipeline in ONNX Runtime. */
final class OnnxModel implements LoadedModel {

    /** A hundred of SDXL's texts. */
    private static final long REMEMBERED_BYTES = 64L << 20;

    private final ModelTraits traits;
    private final boolean zerosForEmpty;
    private final PromptEncoder encoder;
    private final DenoiserGraph denoiser;
    private final VaeDecoder decoder;
    private final LatentPreview preview;
    private final @Nullable OnnxBlur blur;
    private final RunningCall running;
    private final ConditioningCache encoded = new ConditioningCache(REMEMBERED_BYTES);

    /**
     * @param zerosForEmpty an empty negative prompt is all zeros
     * @param blur of sharpness, or null where plain Java does it
     */
    OnnxModel(
            ModelTraits traits,
            boolean zerosForEmpty,
            PromptEncoder encoder,
            DenoiserGraph denoiser,
            VaeDecoder decoder,
            LatentPreview preview,
            @Nullable OnnxBlur blur,
            RunningCall running) {
        this.traits = traits;
        this.zerosForEmpty = zerosForEmpty;
        this.encoder = encoder;
        this.denoiser = denoiser;
        this.decoder = decoder;
        this.preview = preview;
        this.blur = blur;
        this.running = running;
    }

    @Override
    public ModelTraits traits() {
        return traits;
    }

    @Override
    public Denoiser denoiser() {
        return denoiser;
    }

    @Override
    public @Nullable EdgePreservingBlur blur() {
        return blur;
    }

    @Override
    public Conditioning encode(String text, int clipSkip) throws ModelException {
        return encode(new ConditioningCache.Key(text, clipSkip, false));
    }

    @Override
    public Conditioning encodeNegative(String text, int clipSkip) throws ModelException {
        return encode(new ConditioningCache.Key(text, clipSkip, zerosForEmpty && text.isBlank()));
    }

    private Conditioning encode(ConditioningCache.Key key) throws ModelException {
        Conditioning known = encoded.get(key);
        if (known != null) {
            return known;
        }
        Conditioning conditioning =
                key.negative() ? encoder.zeros(key.clipSkip()) : encoder.encode(key.text(), key.clipSkip());
        encoded.put(key, conditioning);
        return conditioning;
    }

    @Override
    public int textTokens() {
        return encoder.textTokens();
    }

    @Override
    public RgbImage decode(float[] latent, int height, int width) throws ModelException {
        return decoder.decode(latent, height, width);
    }

    @Override
    public RgbImage preview(float[] latent, int height, int width) {
        return preview.picture(latent, height, width);
    }

    @Override
    public void cancel() {
        running.cancel();
    }

    @Override
    public void close() {
        encoder.close();
        denoiser.close();
        decoder.close();
        preview.close();
        if (blur != null) {
            blur.close();
        }
    }
}
