package dev.darkroom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.settings.Settings;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelConfigurationTest {

    @Test
    void nothingSaidMeansTheDefaults() {
        Settings settings = new Settings(Map.of());
        assertThat(ModelsConfig.from(settings)).isEqualTo(new ModelsConfig(Path.of("models"), "", Map.of(), 0));
        assertThat(DeviceConfig.from(settings)).isEqualTo(new DeviceConfig(DeviceConfig.Choice.AUTO, 0, 10));
        assertThat(settings.mistakes()).isEmpty();
    }

    @Test
    void everyKeyIsRead() {
        Settings settings = new Settings(Map.of(
                "models",
                        Map.of(
                                "folder",
                                "/srv/m",
                                "default",
                                "emoji",
                                "aliases",
                                Map.of("sd.safetensors", "emoji"),
                                "memory-budget",
                                "3 GiB"),
                "sampler", Map.of("device", "CPU", "threads", 3, "niceness", 19)));
        assertThat(ModelsConfig.from(settings))
                .isEqualTo(new ModelsConfig(Path.of("/srv/m"), "emoji", Map.of("sd.safetensors", "emoji"), 3L << 30));
        assertThat(DeviceConfig.from(settings)).isEqualTo(new DeviceConfig(DeviceConfig.Choice.CPU, 3, 19));
        assertThat(settings.mistakes()).isEmpty();
    }

    @Test
    void mistakesNameTheirKeys() {
        Settings settings = new Settings(Map.of("sampler", Map.of("device", "tpu", "threads", -1)));
        DeviceConfig.from(settings);
        assertThat(settings.mistakes())
                .containsExactlyInAnyOrder(
                        "sampler.device: expected auto, cpu or cuda, found \"tpu\"",
                        "sampler.threads: expected a whole number from 0 to 1024, found \"-1\"");
    }

    @Test
    void theDeviceComesWithItsReason() throws Exception {
        Device device = new OnnxModelLoader(new DeviceConfig(DeviceConfig.Choice.CPU, 1, 0)).device();
        assertThat(device).isEqualTo(new Device("CPU, 1 thread", "CPU because sampler.device says so"));
        Device found = new OnnxModelLoader(new DeviceConfig(DeviceConfig.Choice.AUTO, 2, 0)).device();
        assertThat(found.name()).isIn("CPU, 2 threads", "CUDA device 0");
        assertThat(found.reason()).startsWith(found.name().startsWith("CPU") ? "CPU because " : "CUDA because ");
        if (found.name().startsWith("CPU")) {
            assertThatThrownBy(() -> new OnnxModelLoader(new DeviceConfig(DeviceConfig.Choice.CUDA, 0, 0)))
                    .isInstanceOf(ModelException.class)
                    .hasMessageStartingWith("sampler.device is cuda, but ");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "Error code - ORT_EP_FAIL - message: Failed to find CUDA shared provider ; this build holds ONNX Runtime without CUDA",
                "Error code - ORT_FAIL - message: Failed to load library /tmp/libonnxruntime_providers_cuda.so with error: libcudart.so.12: cannot open shared object file ; ONNX Runtime found no CUDA libraries: libcudart.so.12",
                "Error code - ORT_FAIL - message: CUDA failure 100: no CUDA-capable device is detected ; no NVIDIA device or driver was found",
                "Error code - ORT_FAIL - message: something else ; CUDA does not start: something else"
            })
    void whatOnnxRuntimeSaysBecomesHalfASentence(String message, String obstacle) {
        assertThat(OnnxDevice.obstacle(message)).isEqualTo(obstacle);
    }
}
