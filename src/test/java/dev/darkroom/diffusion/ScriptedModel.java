package dev.darkroom.diffusion;

import dev.darkroom.image.RgbImage;
import dev.darkroom.model.Conditioning;
import dev.darkroom.model.Denoiser;
import dev.darkroom.model.EdgePreservingBlur;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelTraits;
import org.jspecify.annotations.Nullable;

/** A model whose network is the test's. */
record ScriptedModel(
        ModelTraits traits, Denoiser denoiser, @Nullable EdgePreservingBlur blur) implements LoadedModel {

    ScriptedModel(ModelTraits traits, Denoiser denoiser) {
        this(traits, denoiser, null);
    }

    @Override
    public Conditioning encode(String text, int clipSkip) {
        throw new UnsupportedOperationException();
    }

    @Override
    public RgbImage decode(float[] latent, int height, int width) {
        throw new UnsupportedOperationException();
    }

    @Override
    public RgbImage preview(float[] latent, int height, int width) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
