package dev.darkroom;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs bin/darkroom with a java that prints what it was called with. */
class LauncherTest {

    private static final Path SCRIPT = Path.of("src/main/distribution/bin/darkroom");

    @TempDir
    private Path folder;

    private Path home;
    private Path java;

    @BeforeEach
    void installIntoAFolderWithASpace() throws IOException {
        home = Files.createDirectories(folder.toRealPath().resolve("dark room"));
        Files.createDirectories(home.resolve("bin"));
        Files.createDirectories(home.resolve("lib"));
        Files.createDirectories(home.resolve("natives"));
        Files.createFile(home.resolve("lib/darkroom.jar"));
        script(home.resolve("bin/darkroom"), Files.readString(SCRIPT));
        java = Files.createDirectories(folder.resolve("jdk/bin")).resolve("java");
        installJava("17.0.15");
    }

    @Test
    void startsTheJarWithItsOwnFolderAsHome() throws Exception {
        Run run = run(home.resolve("bin/darkroom"), Map.of());
        assertThat(run.status).as(run.output).isZero();
        assertThat(run.lines())
                .contains("-Ddarkroom.home=" + home)
                .contains("-Donnxruntime.native.path=" + home.resolve("natives"))
                .endsWith("-jar", home.resolve("lib/darkroom.jar").toString());
    }

    @Test
    void findsItsHomeThroughSymbolicLinks() throws Exception {
        Path relative = Files.createSymbolicLink(home.resolve("relative"), Path.of("bin/darkroom"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), relative);
        assertThat(run(link, Map.of()).lines()).contains("-Ddarkroom.home=" + home);
    }

    @Test
    void passesOptionsBeforeAndArgumentsAfterTheJar() throws Exception {
        Run run = run(
                home.resolve("bin/darkroom"),
                Map.of("DARKROOM_OPTS", "-Xmx4g -Dhttp.port=8000"),
                "first",
                "second one");
        assertThat(run.lines())
                .containsSubsequence(
                        "-Xmx4g",
                        "-Dhttp.port=8000",
                        "-jar",
                        home.resolve("lib/darkroom.jar").toString(),
                        "first",
                        "second one");
    }

    @Test
    void leavesTheLibrariesToTheJarWhenTheFolderIsMissing() throws Exception {
        Files.delete(home.resolve("natives"));
        assertThat(run(home.resolve("bin/darkroom"), Map.of()).output).doesNotContain("onnxruntime.native.path");
    }

    @Test
    void usesTheClassArchiveOfThisJavaAlone() throws Exception {
        Path archive = home.resolve("lib/darkroom-java-17.0.15.jsa");
        assertThat(run(home.resolve("bin/darkroom"), Map.of()).lines()).contains("-XX:ArchiveClassesAtExit=" + archive);
        Files.writeString(archive, "classes");
        assertThat(run(home.resolve("bin/darkroom"), Map.of()).lines()).contains("-XX:SharedArchiveFile=" + archive);
        installJava("25.0.3");
        assertThat(run(home.resolve("bin/darkroom"), Map.of()).output).doesNotContain(archive.toString());
    }

    @Test
    void asksNewJavaAloneNotToWarnOfWhatHazelcastUses() throws Exception {
        assertThat(run(home.resolve("bin/darkroom"), Map.of()).output).doesNotContain("sun-misc-unsafe");
        installJava("25.0.3");
        assertThat(run(home.resolve("bin/darkroom"), Map.of()).lines())
                .contains("--sun-misc-unsafe-memory-access=allow");
    }

    @Test
    void refusesAnOldJavaInOneSentence() throws Exception {
        for (String version : List.of("1.8.0_402", "11.0.22")) {
            installJava(version);
            Run run = run(home.resolve("bin/darkroom"), Map.of());
            assertThat(run.status).isEqualTo(2);
            assertThat(run.lines())
                    .containsExactly("darkroom: Java 17 or newer is needed, but " + java + " is " + version);
        }
    }

    @Test
    void saysSoWhenThereIsNoJava() throws Exception {
        Files.delete(java);
        Run run = run(home.resolve("bin/darkroom"), Map.of());
        assertThat(run.status).isEqualTo(2);
        assertThat(run.lines()).singleElement().asString().contains("JAVA_HOME").contains("no bin/java");
    }

    @Test
    void namesFilesInUtf8UnlessALocaleSaysOtherwise() throws Exception {
        script(java, """
                #!/bin/sh
                if [ "$1" = -version ]; then
                  echo 'openjdk version "17.0.15" 2025-04-15' >&2
                else
                  echo "$LC_ALL/$LC_CTYPE/$LANG"
                fi
                """);
        Path program = home.resolve("bin/darkroom");
        Map<String, String> none = Map.of("LC_ALL", "", "LC_CTYPE", "", "LANG", "");
        assertThat(run(program, none).output).isEqualTo("/C.UTF-8/\n");
        Map<String, String> german = Map.of("LC_ALL", "", "LC_CTYPE", "", "LANG", "de_DE.ISO-8859-1");
        assertThat(run(program, german).output).isEqualTo("//de_DE.ISO-8859-1\n");
    }

    @Test
    void becomesTheServerSoThatSignalsReachIt() throws Exception {
        script(java, "#!/bin/sh\n[ \"$1\" = -version ] && echo 'openjdk version \"17\"' >&2 || echo $$\n");
        Process process = start(home.resolve("bin/darkroom"), Map.of());
        assertThat(finish(process).output).isEqualTo(process.pid() + "\n");
    }

    private void installJava(String version) throws IOException {
        script(java, """
                #!/bin/sh
                if [ "$1" = -version ]; then
                  echo 'openjdk version "%s" 2025-04-15' >&2
                else
                  printf '%%s\\n' "$@"
                fi
                """.formatted(version));
    }

    private static void script(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Run run(Path program, Map<String, String> environment, String... arguments) throws Exception {
        return finish(start(program, environment, arguments));
    }

    private Process start(Path program, Map<String, String> environment, String... arguments) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(program.toString());
        builder.command().addAll(List.of(arguments));
        builder.directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().keySet().removeAll(List.of("JAVA_OPTS", "DARKROOM_OPTS"));
        builder.environment().put("JAVA_HOME", java.getParent().getParent().toString());
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static Run finish(Process process) throws Exception {
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return new Run(process.exitValue(), output);
    }

    private record Run(int status, String output) {
        List<String> lines() {
            return output.lines().toList();
        }
    }
}
