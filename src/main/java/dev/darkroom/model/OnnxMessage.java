package dev.darkroom.model;

import ai.onnxruntime.OrtException;
import java.util.List;
import java.util.Locale;

/** ONNX Runtime's messages, made fit for people. */
final class OnnxMessage {
    private static final int LONGEST = 300;

    /** How ONNX Runtime's arenas, CUDA, cuDNN, cuBLAS and the C++ library say that memory is short. */
    private static final List<String> MEMORY = List.of(
            "failed to allocate memory",
            "out of memory",
            "bad_alloc",
            "bad allocation",
            "cudaerrormemoryallocation",
            "alloc_failed",
            "available memory of");

    private OnnxMessage() {}

    /** Returns a failure whose message starts with {@code what}. */
    static ModelException failure(String what, OrtException cause) {
        String message = String.valueOf(cause.getMessage());
        String sentence = what + ": " + firstLine(message);
        return isMemory(message) ? new DeviceMemoryException(sentence, cause) : new ModelException(sentence, cause);
    }

    /** Tells whether a call failed for want of memory. */
    static boolean isMemory(String message) {
        String lower = message.toLowerCase(Locale.ROOT);
        return MEMORY.stream().anyMatch(lower::contains);
    }

    static String firstLine(String message) {
        String line = message.strip().lines().findFirst().orElse("");
        // "Error code - ORT_FAIL - message: Non-zero status code returned while ..."
        line = line.replaceFirst("^Error code - \\w+ - message: ", "");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
    }
}
