package dev.darkroom.model;

import dev.darkroom.model.WireMessage.Field;
import dev.darkroom.model.WireMessage.Writer;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a graph's weights are, once the graph itself is elsewhere. ONNX Runtime reads them below one folder and follows no
 * links out of it, so that links, as the Hugging Face hub's cache has them, are resolved here.
 *
 * @param folder that holds all files
 * @param file the graph's own, relative to the folder
 * @param moved the graph's names of other files, to what they are called relative to the folder
 */
record WeightLocations(Path folder, String file, Map<String, String> moved) {

    /** Smaller tensors are often shapes, which ONNX Runtime wants at hand. */
    private static final int SMALLEST_OUTSIDE = 1024;

    private static final String LOCATION = "location";

    /** TensorProto.DataLocation: the data are in another file. */
    private static final int EXTERNAL = 1;

    /**
     * Finds the files.
     *
     * @return null if there is no folder that holds them all
     * @throws ModelException if they can't be found
     */
    static @Nullable WeightLocations of(Path file, GraphOutline outline) throws ModelException {
        Path beside = file.toAbsolutePath().getParent();
        try {
            Path own = file.toRealPath();
            Path folder = own.getParent();
            Map<String, Path> real = new LinkedHashMap<>();
            for (GraphOutline.Weights weights : outline.weights().values()) {
                String location = location(weights.field());
                if (location != null && beside != null && !real.containsKey(location)) {
                    Path weight = beside.resolve(location);
                    // ONNX Runtime tells better than we could what is missing
                    real.put(location, Files.exists(weight) ? weight.toRealPath() : weight.normalize());
                }
            }
            for (Path weight : real.values()) {
                while (folder != null && !weight.startsWith(folder)) {
                    folder = folder.getParent();
                }
            }
            if (folder == null) {
                return null;
            }
            Map<String, String> moved = new LinkedHashMap<>();
            for (Map.Entry<String, Path> weight : real.entrySet()) {
                moved.put(weight.getKey(), relative(folder, weight.getValue()));
            }
            return new WeightLocations(folder, relative(folder, own), moved);
        } catch (IOException e) {
            throw new ModelException("%s can't be read".formatted(file), e);
        }
    }

    private static String relative(Path folder, Path file) {
        return folder.relativize(file).toString().replace(File.separatorChar, '/');
    }

    private static @Nullable String location(Field tensor) throws ModelException {
        for (Field part : tensor.message().fields()) {
            if (isLocation(part)) {
                return GraphOutline.name(part, 2);
            }
        }
        return null;
    }

    private static boolean isLocation(Field part) throws ModelException {
        return part.number() == GraphOutline.TENSOR_EXTERNAL_DATA
                && GraphOutline.name(part, 1).equals(LOCATION);
    }

    /** Returns a TensorProto that refers to the data in the file that it came from. */
    byte[] outside(Field tensor) throws ModelException {
        Field data = null;
        for (Field part : tensor.message().fields()) {
            if (part.number() == GraphOutline.TENSOR_RAW_DATA && part.length() >= SMALLEST_OUTSIDE) {
                data = part;
            }
        }
        return data == null ? elsewhere(tensor) : inFile(tensor, data);
    }

    /** What names another place already, as {@code onnx.save} writes for data that were outside once, would win. */
    private byte[] inFile(Field tensor, Field data) throws ModelException {
        Writer writer = new Writer();
        for (Field part : tensor.message().fields()) {
            if (part.number() != GraphOutline.TENSOR_RAW_DATA
                    && part.number() != GraphOutline.TENSOR_EXTERNAL_DATA
                    && part.number() != GraphOutline.TENSOR_DATA_LOCATION) {
                writer.copy(part);
            }
        }
        entry(writer, LOCATION, file);
        entry(writer, "offset", Integer.toString(data.body()));
        entry(writer, "length", Integer.toString(data.length()));
        return writer.number(GraphOutline.TENSOR_DATA_LOCATION, EXTERNAL).toBytes();
    }

    private byte[] elsewhere(Field tensor) throws ModelException {
        Writer writer = new Writer();
        for (Field part : tensor.message().fields()) {
            String there = isLocation(part) ? moved.get(GraphOutline.name(part, 2)) : null;
            if (there == null) {
                writer.copy(part);
            } else {
                entry(writer, LOCATION, there);
            }
        }
        return writer.toBytes();
    }

    private static void entry(Writer writer, String key, String value) {
        writer.message(
                GraphOutline.TENSOR_EXTERNAL_DATA, pair -> pair.text(1, key).text(2, value));
    }
}
