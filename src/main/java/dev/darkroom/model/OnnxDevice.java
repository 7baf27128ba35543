package dev.darkroom.model;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What ONNX Runtime computes on.
 *
 * @param environment ONNX Runtime's, one per process
 * @param description for people
 * @param cuda whether sessions use CUDA device 0
 * @param threads that one call on the CPU uses
 */
record OnnxDevice(OrtEnvironment environment, Device description, boolean cuda, int threads) {

    private static final Pattern LIBRARY = Pattern.compile("lib[\\w.+-]+\\.so[.\\d]*");

    /**
     * Finds out what works here. Takes 0.1 to 1 s.
     *
     * @throws ModelException if the configuration wants CUDA and it does not work, or the caller was interrupted
     */
    static OnnxDevice detect(DeviceConfig config) throws ModelException {
        OrtEnvironment environment = OnnxEnvironment.open();
        int threads = config.resolvedThreads();
        if (config.choice() == DeviceConfig.Choice.CPU) {
            return cpu(environment, threads, "CPU because sampler.device says so");
        }
        String obstacle = obstacleToCuda();
        if (obstacle.isEmpty()) {
            Device device = new Device("CUDA device 0", "CUDA because ONNX Runtime found a device and its libraries");
            return new OnnxDevice(environment, device, true, threads);
        }
        if (config.choice() == DeviceConfig.Choice.CUDA) {
            throw new ModelException("sampler.device is cuda, but %s".formatted(obstacle));
        }
        return cpu(environment, threads, "CPU because " + obstacle);
    }

    private static OnnxDevice cpu(OrtEnvironment environment, int threads, String reason) {
        String name = threads == 1 ? "CPU, 1 thread" : "CPU, %d threads".formatted(threads);
        return new OnnxDevice(environment, new Device(name, reason), false, threads);
    }

    private static String obstacleToCuda() {
        if (!OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA)) {
            return "this build holds ONNX Runtime without CUDA";
        }
        // the list above names what was compiled in, only the attempt tells what works
        try (SessionOptions options = new SessionOptions();
                OrtCUDAProviderOptions cuda = new OrtCUDAProviderOptions(0)) {
            options.addCUDA(cuda);
            return "";
        } catch (OrtException e) {
            return obstacle(String.valueOf(e.getMessage()));
        }
    }

    /** Turns ONNX Runtime's message into the end of a sentence. */
    static String obstacle(String message) {
        if (message.contains("Failed to find CUDA shared provider")) {
            return "this build holds ONNX Runtime without CUDA";
        }
        Matcher library = LIBRARY.matcher(message.replaceAll("\\S*libonnxruntime\\S*", ""));
        if (library.find()) {
            return "ONNX Runtime found no CUDA libraries: " + library.group();
        }
        if (message.toLowerCase(Locale.ROOT).contains("no cuda-capable device")
                || message.contains("CUDA failure 35")
                || message.contains("CUDA failure 100")) {
            return "no NVIDIA device or driver was found";
        }
        return "CUDA does not start: " + OnnxMessage.firstLine(message);
    }

    /** Returns the CPU of the same machine. */
    OnnxDevice cpu() {
        return new OnnxDevice(environment, description, false, threads);
    }

    /** Returns options for one session; the caller closes them. */
    SessionOptions sessionOptions() throws OrtException {
        SessionOptions options = new SessionOptions();
        try {
            options.setOptimizationLevel(SessionOptions.OptLevel.ALL_OPT);
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            // between two calls the cores belong to the event loops and the database
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            options.setInterOpNumThreads(1);
            if (cuda) {
                options.setIntraOpNumThreads(1);
                try (OrtCUDAProviderOptions provider = new OrtCUDAProviderOptions(0)) {
                    provider.add("arena_extend_strategy", "kSameAsRequested");
                    provider.add("cudnn_conv_algo_search", "HEURISTIC");
                    provider.add("cudnn_conv_use_max_workspace", "1");
                    options.addCUDA(provider);
                }
            } else {
                options.setIntraOpNumThreads(threads);
            }
            return options;
        } catch (OrtException e) {
            options.close();
            throw e;
        }
    }
}
