package dev.darkroom.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

final class ComputingThreadTest {

    private static final int NICENESS = 7;

    @Test
    void itAndWhatItStartsStandBehindAllOthers() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/renice")) && Files.exists(Path.of("/proc/thread-self")));
        int usual = niceness();
        ExecutorService computing = Executors.newSingleThreadExecutor();
        try {
            computing.submit(() -> ComputingThread.putBack(usual + NICENESS)).get();
            Future<Integer> own = computing.submit(ComputingThreadTest::niceness);
            Future<Integer> started = computing.submit(() -> {
                ExecutorService child = Executors.newSingleThreadExecutor();
                try {
                    return child.submit(ComputingThreadTest::niceness).get();
                } finally {
                    child.shutdown();
                }
            });
            assertThat(own.get()).isEqualTo(usual + NICENESS);
            assertThat(started.get()).isEqualTo(usual + NICENESS);
        } finally {
            computing.shutdown();
        }
        assertThat(niceness()).isEqualTo(usual);
    }

    /** The 19th field; the second, a name in brackets, may hold spaces. */
    private static int niceness() throws Exception {
        String stat = Files.readString(Path.of("/proc/thread-self/stat"));
        return Integer.parseInt(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[16]);
    }
}
