package dev.darkroom.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import dev.darkroom.model.TinyPipeline;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What a server opens to the world, as the operating system sees it. */
@EnabledOnOs(OS.LINUX)
class ListeningSocketsTest {

    private static final String LISTENS = "0A";

    @TempDir
    Path home;

    @Test
    void aServerWithItsDatabaseListensOnLoopbackAlone() throws Exception {
        TinyPipeline.write(home.resolve("models"), "tiny");
        try (ServerProcess server = ServerProcess.start(home, Map.of("legacy.enabled", "true", "legacy.port", "0"))) {
            Client client = server.client();
            assertThat(client.get("/health/live").statusCode()).isEqualTo(200);
            List<String> addresses = new ArrayList<>();
            Stream.concat(Stream.of(server.process.toHandle()), server.process.descendants())
                    .forEach(process -> addresses.addAll(listening(process.pid())));
            System.out.println("listening: " + addresses);
            assertThat(addresses).isNotEmpty().allMatch(ListeningSocketsTest::isLoopback);
        }
    }

    /** In /proc an address is one or four hexadecimal words, each with its bytes reversed. */
    private static boolean isLoopback(String address) {
        return address.equals("0100007F")
                || address.equals("00000000000000000000000001000000")
                || address.equals("0000000000000000FFFF00000100007F");
    }

    private static List<String> listening(long process) {
        try {
            Set<String> inodes = new HashSet<>();
            try (Stream<Path> descriptors = Files.list(Path.of("/proc", Long.toString(process), "fd"))) {
                for (Path descriptor : descriptors.toList()) {
                    inodes.add(target(descriptor));
                }
            }
            List<String> addresses = new ArrayList<>();
            for (String protocol : List.of("tcp", "tcp6")) {
                Path table = Path.of("/proc", Long.toString(process), "net", protocol);
                for (String line : Files.exists(table) ? Files.readAllLines(table) : List.<String>of()) {
                    String[] fields = line.trim().split("\\s+");
                    if (fields.length > 9
                            && fields[3].equals(LISTENS)
                            && inodes.contains("socket:[" + fields[9] + "]")) {
                        addresses.add(fields[1].split(":")[0]);
                    }
                }
            }
            return addresses;
        } catch (IOException ended) {
            return List.of();
        }
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException closed) {
            return "";
        }
    }
}
