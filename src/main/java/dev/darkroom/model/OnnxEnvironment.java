package dev.darkroom.model;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtLoggingLevel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens ONNX Runtime's environment, one per process. From 1.29 on it then takes the process's command line apart, and
 * calls itself once more for every character: some 250 bytes of stack each, on Linux. A thread of the usual stack, 1 MiB,
 * runs over at 3,981 characters, about as many as a class path of all libraries has, and that ends the process without a
 * word. So a thread opens it whose stack is as large as the command line wants.
 */
final class OnnxEnvironment {
    private static final Logger LOG = LoggerFactory.getLogger(OnnxEnvironment.class);
    private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");

    /** For all but the command line. */
    private static final long USUAL_STACK = 1 << 20;

    /** Four times what it takes. Only what is used becomes memory. */
    private static final long STACK_PER_CHARACTER = 1 << 10;

    private OnnxEnvironment() {}

    /** @throws ModelException if the caller was interrupted */
    static OrtEnvironment open() throws ModelException {
        // every error reaches us as an exception, so that ONNX Runtime's own red lines would only repeat it
        FutureTask<OrtEnvironment> opening = new FutureTask<>(
                () -> OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "darkroom"));
        new Thread(null, opening, "onnx-runtime-start", stack(COMMAND_LINE)).start();
        try {
            return opening.get();
        } catch (ExecutionException failed) {
            throw new IllegalStateException("ONNX Runtime does not start", failed.getCause());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new ModelException("The start of ONNX Runtime was interrupted", stopped);
        }
    }

    /** Returns how large a stack to ask for, in bytes; 0, which leaves it to Java, where nobody tells the command line. */
    static long stack(Path commandLine) {
        if (!Files.isReadable(commandLine)) {
            return 0;
        }
        try {
            return USUAL_STACK + STACK_PER_CHARACTER * Files.readAllBytes(commandLine).length;
        } catch (IOException unknown) {
            LOG.debug("The command line can't be read", unknown);
            return 0;
        }
    }
}
