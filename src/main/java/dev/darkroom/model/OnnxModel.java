package dev.darkroom.model;

import dev.darkroom.image.RgbImage;
import java.util.LinkedHashMap;
import java.util.Map;

/** A Stable Diffusion 1.x or 2.x pipeline in ONNX Runtime. */
final class OnnxModel implements LoadedModel {
    private static final int REMEMBERED_TEXTS = 256;

    /** What decides an encoding. */
    private record TextKey(String text, int clipSkip) {}

    private final ModelTraits traits;
    private final TextEncoder textEncoder;
    private final Unet unet;
    private final VaeDecoder decoder;
    private final LatentPreview colours;
    private final RunningCall running;
    private final Map<TextKey, Conditioning> encoded = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<TextKey, Conditioning> eldest) {
            return size() > REMEMBERED_TEXTS;
        }
    };

    OnnxModel(
            ModelTraits traits,
            TextEncoder textEncoder,
            Unet unet,
            VaeDecoder decoder,
            LatentPreview colours,
            RunningCall running) {
        this.traits = traits;
        this.textEncoder = textEncoder;
        this.unet = unet;
        this.decoder = decoder;
        this.colours = colours;
        this.running = running;
    }

    @Override
    public ModelTraits traits() {
        return traits;
    }

    @Override
    public Denoiser denoiser() {
        return unet;
    }

    @Override
    public Conditioning encode(String text, int clipSkip) throws ModelException {
        TextKey key = new TextKey(text, clipSkip);
        synchronized (encoded) {
            Conditioning known = encoded.get(key);
            if (known != null) {
                return known;
            }
        }
        Conditioning conditioning = textEncoder.encode(text, clipSkip);
        synchronized (encoded) {
            encoded.put(key, conditioning);
        }
        return conditioning;
    }

    @Override
    public RgbImage decode(float[] latent, int height, int width) throws ModelException {
        return decoder.decode(latent, height, width);
    }

    @Override
    public RgbImage preview(float[] latent, int height, int width) {
        return colours.picture(latent, height, width);
    }

    @Override
    public void cancel() {
        running.cancel();
    }

    @Override
    public void close() {
        textEncoder.close();
        unet.close();
        decoder.close();
        colours.close();
    }
}
