package dev.darkroom.task;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the engine reads of a stored request. The stored JSON is the user's whole request, complete with defaults, under
 * FooocusAPI's names; this record takes of it what text-to-image needs. Where a value equals that API's stock default,
 * the model's own default applies instead, because clients send the stock values without meaning them.
 *
 * @param prompt what to paint
 * @param negativePrompt what to avoid
 * @param styleSelections names of styles
 * @param performanceSelection name of a preset of steps
 * @param aspectRatiosSelection {@code W×H} or {@code W*H}, pixels
 * @param imageNumber how many images, from 1
 * @param outputFormat {@code png}, {@code jpeg}, {@code jpg} or {@code webp}
 * @param imageSeed seed of image 0, 0 to 2^63-1; already drawn if the user left it to the server
 * @param disableSeedIncrement every image takes the same seed; otherwise image i takes seed + i modulo 2^63
 * @param readWildcardsInOrder image i takes line i of a wildcard's file, in place of a random one
 * @param guidanceScale classifier-free guidance
 * @param sharpness strength of the sharpness filter
 * @param adaptiveCfg guidance above which it is mimicked from a lower one
 * @param clipSkip which of the text encoder's last layers is read, from 1
 * @param samplerName Fooocus' name of a sampler
 * @param schedulerName Fooocus' name of a schedule of sigmas
 * @param refinerSwitch share of the steps after which a refiner takes over
 * @param overwriteStep steps, or -1
 * @param overwriteWidth pixels, or -1
 * @param overwriteHeight pixels, or -1
 * @param disablePreview no previews are made
 * @param saveMetadataToImages parameters are written into the files
 * @param metadataScheme {@code fooocus} or {@code a1111}
 * @param generateImageGrid the images are also laid side by side in one more
 * @param loras for each LoRA in turn: whether it is switched on, its name, its weight; null for none
 * @param preset name of a preset, or null for none
 * @param saveName the files' name, or null for the usual one
 * @param admScalerPositive how much larger than true the positive prompt is told the picture to be (SDXL), or null for
 *     Fooocus' 1.5
 * @param admScalerNegative the same for the negative prompt, or null for 0.8
 * @param admScalerEnd share of the timesteps after which both are told the truth, or null for 0.3
 */
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
public record TaskRequest(
        String prompt,
        String negativePrompt,
        List<String> styleSelections,
        String performanceSelection,
        String aspectRatiosSelection,
        int imageNumber,
        String outputFormat,
        long imageSeed,
        boolean disableSeedIncrement,
        boolean readWildcardsInOrder,
        double guidanceScale,
        double sharpness,
        double adaptiveCfg,
        int clipSkip,
        String samplerName,
        String schedulerName,
        double refinerSwitch,
        int overwriteStep,
        int overwriteWidth,
        int overwriteHeight,
        boolean disablePreview,
        boolean saveMetadataToImages,
        String metadataScheme,
        boolean generateImageGrid,
        @Nullable List<Object> loras,
        @Nullable String preset,
        @Nullable String saveName,
        @Nullable Double admScalerPositive,
        @Nullable Double admScalerNegative,
        @Nullable Double admScalerEnd) {

    public TaskRequest {
        styleSelections = List.copyOf(styleSelections);
        loras = loras == null ? null : List.copyOf(loras);
    }

    /** Returns the seed of image {@code index}. */
    public long seedOf(int index) {
        return disableSeedIncrement ? imageSeed : (imageSeed + index) & Long.MAX_VALUE;
    }
}
