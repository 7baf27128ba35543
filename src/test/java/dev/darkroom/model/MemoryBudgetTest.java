package dev.darkroom.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MemoryBudgetTest {

    private static final long GIB = 1L << 30;

    @TempDir
    Path folder;

    private static DeviceMemory of(long total) {
        return new DeviceMemory() {
            @Override
            public long total() {
                return total;
            }

            @Override
            public long used() {
                return -1;
            }

            @Override
            public double usualShare() {
                return 0.5;
            }

            @Override
            public void trim() {
                // nothing is kept
            }
        };
    }

    @Test
    void theSettingWinsOverTheDevicesShareAndThatOverAGuess() {
        assertThat(MemoryBudget.of(3 * GIB, of(64 * GIB)).bytes()).isEqualTo(3 * GIB);
        assertThat(MemoryBudget.of(0, of(64 * GIB)).bytes()).isEqualTo(32 * GIB);
        assertThat(MemoryBudget.of(0, of(-1)).bytes()).isEqualTo(8 * GIB);
    }

    @Test
    void aMeasurementCorrectsTheEstimateUnlessItMeasuredSomethingElse() {
        MemoryBudget budget = MemoryBudget.of(GIB, of(-1));
        assertThat(budget.estimate(new ModelFiles(GIB, ""))).isBetween(GIB, 2 * GIB);
        assertThat(budget.corrected(1000, 1500)).isEqualTo(1500);
        assertThat(budget.corrected(1000, 700)).isEqualTo(700);
        assertThat(budget.corrected(1000, -5)).isEqualTo(1000);
        assertThat(budget.corrected(1000, 1)).isEqualTo(250);
        assertThat(budget.corrected(1000, 1_000_000)).isEqualTo(4000);
    }

    @Test
    void whatIsLoadedCountsAndEveryFileChangesTheFingerprint() throws Exception {
        Path model = TinyPipeline.write(folder, "tiny").path();
        ModelFiles before = ModelFiles.of(model);
        long graphs = Files.size(model.resolve("unet/model.onnx"))
                + Files.size(model.resolve("text_encoder/model.onnx"))
                + Files.size(model.resolve("vae_decoder/model.onnx"));
        assertThat(before.weights()).isEqualTo(graphs);
        Files.write(model.resolve("unet/model.onnx_data"), new byte[1000]);
        ModelFiles after = ModelFiles.of(model);
        assertThat(after.weights()).isEqualTo(graphs + 1000);
        assertThat(after.fingerprint()).isNotEqualTo(before.fingerprint());
        Files.setLastModifiedTime(model.resolve("model_index.json"), FileTime.fromMillis(1));
        assertThat(ModelFiles.of(model).fingerprint()).isNotEqualTo(after.fingerprint());
        assertThat(ModelFiles.of(folder.resolve("none"))).isEqualTo(ModelFiles.NONE);
    }

    @Test
    void thisMachinesMemoryIsKnownAndCanBeTrimmed() {
        HostMemory memory = new HostMemory();
        assertThat(memory.total()).isGreaterThan(GIB / 4);
        if (Files.exists(Path.of("/proc/self/status"))) {
            assertThat(memory.used()).isBetween(1L << 20, memory.total());
        }
        memory.trim();
    }

    @Test
    void theDriversToolTellsTheMemoryOfTheDevice() throws Exception {
        Path tool = Files.writeString(folder.resolve("smi"), """
                #!/bin/sh
                case "$*" in
                  *memory.total*) echo 143771 ;;
                  *) echo 512 ;;
                esac
                """);
        Files.setPosixFilePermissions(tool, PosixFilePermissions.fromString("rwxr-xr-x"));
        CudaMemory memory = new CudaMemory(List.of(tool.toString()));
        assertThat(memory.total()).isEqualTo(143771L << 20);
        assertThat(memory.used()).isEqualTo(512L << 20);
        assertThat(new CudaMemory(List.of(folder.resolve("no-such-tool").toString())).total())
                .isEqualTo(-1);
        assertThat(new CudaMemory(List.of("false")).used()).isEqualTo(-1);
    }
}
