package dev.darkroom.worker;

import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelFiles;
import dev.darkroom.model.ModelFolder;
import org.jspecify.annotations.Nullable;

/** A model that the shelf knows of. Belongs to the shelf's lock. */
final class ShelvedModel {

    final String name;

    /** Where it is, or null once it has vanished. */
    @Nullable
    ModelFolder folder;

    ModelFiles files;

    /** Bytes that it takes in memory: estimated, and measured once it was there. */
    long bytes;

    /** In memory, and warmed up. */
    @Nullable
    LoadedModel model;

    boolean loading;

    /** It is being freed, so that nobody may borrow it any more. */
    boolean leaving;

    /** Its files are others than those in memory, so that nobody may borrow it any more. */
    boolean stale;

    /** It worked once with the files that it has. */
    boolean proven;

    /** Why it could not be loaded; kept until its files change or somebody asks for another attempt. */
    @Nullable
    String failure;

    /** Loans that are out. */
    int loans;

    /** When it was borrowed last, on the shelf's count. */
    long borrowed;

    /** Tasks wait for it though it has no folder, and are to be told so. */
    boolean missing;

    ShelvedModel(String name, @Nullable ModelFolder folder, ModelFiles files, long bytes) {
        this.name = name;
        this.folder = folder;
        this.files = files;
        this.bytes = bytes;
    }

    /** Takes note of what the folder holds now. */
    void found(ModelFolder now, ModelFiles nowFiles, long estimate) {
        folder = now;
        missing = false;
        if (!files.equals(nowFiles)) {
            bytes = isPresent() ? Math.max(bytes, estimate) : estimate;
            changed(nowFiles);
        }
    }

    /** Takes note that the folder is gone. */
    void vanished() {
        folder = null;
        changed(ModelFiles.NONE);
    }

    private void changed(ModelFiles now) {
        files = now;
        stale = isPresent();
        proven = false;
        failure = null;
    }

    /** Tells whether it takes memory now. */
    boolean isPresent() {
        return model != null || loading;
    }

    /** Tells whether it is in memory as its files are now, to stay. */
    boolean isReady() {
        return model != null && !stale && !leaving;
    }

    /** Returns why it can't be loaded, in one sentence, or null. */
    @Nullable
    String problem() {
        if (folder == null) {
            return "there is no model %s; this brings one: darkroom models add <url or path>".formatted(name);
        }
        return folder.problem() == null ? failure : "model %s: %s".formatted(name, folder.problem());
    }
}
