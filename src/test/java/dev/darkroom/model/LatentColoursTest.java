package dev.darkroom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.darkroom.image.RgbImage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LatentColoursTest {

    /** Returns the scale of an autoencoder without numbers for each channel. */
    static LatentScaling scaled(float factor) {
        return new LatentScaling(new float[] {factor}, new float[1], false);
    }

    @ParameterizedTest
    @CsvSource({"64,64,128,128", "8,8,64,64", "16,8,64,32", "10,100,20,200", "5,5,65,65"})
    void aPreviewIsTwiceTheLatentOrSixtyFourPixels(int height, int width, int outHeight, int outWidth) {
        RgbImage picture =
                LatentColours.usual(4, scaled(0.18215f)).picture(new float[4 * height * width], height, width);
        assertThat(picture.height()).isEqualTo(outHeight);
        assertThat(picture.width()).isEqualTo(outWidth);
        assertThat(picture.rgb()).containsOnly(128);
    }

    @Test
    void weightsBiasAndRangeGiveTheColours() {
        LatentColours colours =
                new LatentColours(new float[][] {{0.5f, 0, 0}, {0, 0.25f, 0}}, new float[] {0.5f, 0.5f, 0}).from(0, 1);
        RgbImage picture = colours.picture(new float[] {1, -1}, 1, 1);
        assertThat(picture.width()).isEqualTo(64);
        assertThat(new int[] {picture.rgb()[0] & 0xFF, picture.rgb()[1] & 0xFF, picture.rgb()[2] & 0xFF})
                .containsExactly(255, 64, 0);
    }

    @ParameterizedTest
    @CsvSource({"1", "2", "3", "4", "12", "16"})
    void latentsOfAnyNumberOfChannelsHaveColours(int channels) {
        float[] latent = new float[channels];
        latent[0] = 1;
        byte[] lit =
                LatentColours.usual(channels, scaled(1)).picture(latent, 1, 1).rgb();
        assertThat(lit)
                .isNotEqualTo(LatentColours.usual(channels, scaled(1))
                        .picture(new float[channels], 1, 1)
                        .rgb());
    }

    @Test
    void theAutoencodersScaleTellsTheLatentsOfXlFromOthers() {
        LatentColours xl = LatentColours.usual(4, scaled(0.13025f));
        byte[] rgb = xl.picture(new float[] {1, 0, 0, 0}, 1, 1).rgb();
        assertThat(new int[] {rgb[0] & 0xFF, rgb[1] & 0xFF, rgb[2] & 0xFF}).containsExactly(210, 200, 190);
        assertThat(LatentColours.usual(4, scaled(0.18215f)))
                .isEqualTo(LatentColours.usual(4, scaled(0.5f)))
                .isNotEqualTo(xl);
    }

    @Test
    void aScaleForEachChannelShowsTheSamePicture() {
        LatentScaling scaling =
                new LatentScaling(new float[] {0.2f, 0.3f, 0.4f, 0.5f}, new float[] {-1.5f, 2, -1, 0.5f}, true);
        float[] latent = {0.4f, -0.7f, 0.2f, 1.1f};
        float[] usual = new float[4];
        for (int channel = 0; channel < 4; channel++) {
            float unscaled = scaling.toVae(channel, latent[channel]);
            assertThat(scaling.fromVae(channel, unscaled)).isCloseTo(latent[channel], within(1e-6f));
            usual[channel] = unscaled * 0.13025f;
        }
        byte[] expected =
                LatentColours.usual(4, scaled(0.13025f)).picture(usual, 1, 1).rgb();
        assertThat(LatentColours.usual(4, scaling).picture(latent, 1, 1).rgb()).isEqualTo(expected);
    }
}
