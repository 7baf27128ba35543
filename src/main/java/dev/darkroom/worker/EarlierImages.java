package dev.darkroom.worker;

import dev.darkroom.bus.StoreMessage.ImageCheckpoint;
import dev.darkroom.diffusion.Sampler;
import dev.darkroom.diffusion.Samplers;
import dev.darkroom.model.ModelTraits;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How far earlier attempts at a task have brought its images. Belongs to the lane. */
final class EarlierImages {

    private static final Logger LOG = LoggerFactory.getLogger(EarlierImages.class);

    private record Kept(byte[] state, EncodedInput input, int step) {}

    private final Map<Integer, Kept> images = new HashMap<>();

    /** Takes what was kept; what this release can't read is made anew. */
    void take(List<ImageCheckpoint> kept) {
        for (ImageCheckpoint image : kept) {
            byte[] input = image.input();
            if (input == null) {
                continue;
            }
            try {
                images.put(image.image(), new Kept(image.state(), EncodedInput.fromBytes(input), image.step()));
            } catch (IllegalArgumentException otherRelease) {
                LOG.warn("An image is made from its beginning: {}", otherRelease.getMessage());
            }
        }
    }

    /** Forgets what was made with other weights than those of {@code model}. */
    void keepThoseOf(ModelTraits model) {
        images.values().removeIf(kept -> !kept.input().weightsHash().equals(model.weightsHash()));
    }

    /** Returns what the image's prompts were encoded to, or null if it was not begun. */
    @Nullable
    JoinedTexts texts(int image) {
        Kept kept = images.get(image);
        return kept == null ? null : kept.input().texts();
    }

    /** Returns a sampler that goes on where the image was left, or {@code fresh} if it was not begun. */
    Sampler sampler(int image, ModelTraits model, Supplier<Sampler> fresh) {
        Kept kept = images.remove(image);
        if (kept == null) {
            return fresh.get();
        }
        Sampler begun = Samplers.restore(kept.state(), model);
        LOG.info("An image goes on at step {} of {}", begun.step(), begun.steps());
        return begun;
    }
}
