package dev.darkroom.model;

import ai.onnxruntime.OrtException;

/** ONNX Runtime's messages, made fit for people. */
final class OnnxMessage {
    private static final int LONGEST = 300;

    private OnnxMessage() {}

    /** Returns a failure whose message starts with {@code what}. */
    static ModelException failure(String what, OrtException cause) {
        return new ModelException(what + ": " + firstLine(String.valueOf(cause.getMessage())), cause);
    }

    static String firstLine(String message) {
        String line = message.strip().lines().findFirst().orElse("");
        // "Error code - ORT_FAIL - message: Non-zero status code returned while ..."
        line = line.replaceFirst("^Error code - \\w+ - message: ", "");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…";
    }
}
