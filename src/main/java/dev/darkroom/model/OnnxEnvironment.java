package dev.darkroom.model;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtLoggingLevel;
import com.sun.jna.NativeLibrary;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens ONNX Runtime's environment, one per process, without its telemetry. From 1.29 on that is on unless
 * {@code ORT_DISABLE_TELEMETRY} is set: it gives the machine a number, sends what is loaded and run to Microsoft, and ends
 * the process without a word where its command line is longer than 3,980 characters, as with a class path of all libraries.
 * The switch in the Java API comes too late for all that, and Java can't set a variable of its own process.
 */
final class OnnxEnvironment {
    private static final Logger LOG = LoggerFactory.getLogger(OnnxEnvironment.class);
    private static final String SWITCH = "ORT_DISABLE_TELEMETRY";

    private OnnxEnvironment() {}

    static OrtEnvironment open() {
        if (System.getenv(SWITCH) == null) {
            switchTelemetryOff();
        }
        // every error reaches us as an exception, so that ONNX Runtime's own red lines would only repeat it
        return OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "darkroom");
    }

    private static void switchTelemetryOff() {
        try {
            NativeLibrary.getProcess().getFunction("setenv").invokeInt(new Object[] {SWITCH, "1", 1});
        } catch (LinkageError noLibrary) {
            // where no folder for temporary files may hold programs, say
            LOG.warn(
                    "ONNX Runtime's telemetry could not be switched off; {}=1 in the environment does it: {}",
                    SWITCH,
                    noLibrary.getMessage());
        }
    }
}
