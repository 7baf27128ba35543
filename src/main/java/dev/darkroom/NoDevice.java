package dev.darkroom;

import dev.darkroom.model.Device;
import dev.darkroom.model.LoadedModel;
import dev.darkroom.model.ModelException;
import dev.darkroom.model.ModelFolder;
import dev.darkroom.model.ModelLoader;

/** Stands for the device of a node that runs no tasks: models are known by their folders, and none is loaded. */
final class NoDevice implements ModelLoader {

    @Override
    public Device device() {
        return new Device("no device", "this node runs no tasks");
    }

    @Override
    public LoadedModel load(ModelFolder folder) throws ModelException {
        throw new ModelException("this node runs no tasks");
    }
}
