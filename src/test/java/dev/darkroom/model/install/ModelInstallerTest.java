package dev.darkroom.model.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.darkroom.model.ModelCatalogue;
import dev.darkroom.model.ModelFolder;
import dev.darkroom.model.TinyPipeline;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelInstallerTest {

    @TempDir
    Path folder;

    private final List<String> notes = new ArrayList<>();
    private String failsAt = "";
    private Exception failure = new IllegalStateException();
    private Path models;
    private Path source;
    private FileServer server;

    @BeforeEach
    void open() throws Exception {
        models = folder.resolve("models");
        source = TinyPipeline.write(folder.resolve("elsewhere"), "tiny").path();
        server = new FileServer();
    }

    @AfterEach
    void close() throws Exception {
        server.close();
        // whatever happened, nothing unfinished is left but what a later attempt can use
        try (Stream<Path> left = Files.exists(models) ? Files.list(models) : Stream.empty()) {
            assertThat(left.map(path -> path.getFileName().toString())).noneMatch(name -> name.startsWith(".incoming"));
        }
    }

    private ModelInstaller installer() {
        Progress progress = new Progress() {
            @Override
            public void at(String what, long done, long total) {
                assertThat(done).isGreaterThanOrEqualTo(0);
                if (what.equals(failsAt)) {
                    failsAt = "";
                    throwEvenIfChecked(failure);
                }
            }

            @Override
            public void note(String sentence) {
                notes.add(sentence);
            }
        };
        Path unfinished = ModelInstaller.unfinished(models);
        return new ModelInstaller(
                models, new Download(unfinished, progress, Duration.ofMillis(400), Map.of()), progress);
    }

    @SuppressWarnings("unchecked")
    private static <E extends Exception> void throwEvenIfChecked(Exception failure) throws E {
        throw (E) failure;
    }

    /** What the next installer does once fails in its midst, as if the process was killed or the disk was full. */
    private void fail(String what, Exception how) {
        failsAt = what;
        failure = how;
    }

    private String add(URI address) throws InstallException {
        return installer().install(address.toString(), null, Optional.empty(), false);
    }

    private void assertNothingUnfinished() throws IOException {
        try (Stream<Path> left = Files.list(ModelInstaller.unfinished(models))) {
            assertThat(left).isEmpty();
        }
    }

    private void assertInstalled(String name) {
        assertThat(new ModelCatalogue(models).scan())
                .filteredOn(model -> model.name().equals(name))
                .singleElement()
                .extracting(ModelFolder::problem)
                .isNull();
        assertThat(models.resolve(name).resolve("unet/model.onnx"))
                .hasSameBinaryContentAs(source.resolve("unet/model.onnx"));
    }

    private static Checksum sum(byte[] content) throws Exception {
        return new Checksum(
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content)));
    }

    private static void assertRefused(ThrowingCallable call, String sentence) {
        assertThatThrownBy(call).isInstanceOf(InstallException.class).hasMessageContaining(sentence);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "some-model-1.2/", "deep/er/"})
    void anArchiveFromTheWebBecomesAModelWhereverItsFolderLies(String prefix) throws Exception {
        assertThat(add(server.put("/files/tiny.zip", ModelArchives.zip(source, prefix))))
                .isEqualTo("tiny");
        assertInstalled("tiny");
        assertThat(add(server.put("/files/other.tar.gz", ModelArchives.tarGz(source, prefix))))
                .isEqualTo("other");
        assertInstalled("other");
    }

    @Test
    void aFolderAndALocalArchiveAreTakenToo() throws Exception {
        assertThat(installer().install(source.toString(), "people/anna", Optional.empty(), false))
                .isEqualTo("people/anna");
        assertInstalled("people/anna");
        Path archive = Files.write(folder.resolve("packed.tgz"), ModelArchives.tarGz(source, "x/"));
        assertThat(installer().install(archive.toUri().toString(), null, Optional.empty(), false))
                .isEqualTo("packed");
        assertInstalled("packed");
    }

    @Test
    void aBrokenConnectionIsMadeAnewAndGoesOnWhereItBroke() throws Exception {
        byte[] zip = ModelArchives.zip(source, "");
        server.breaks.addAll(List.of(1000, 2000));
        add(server.put("/tiny.zip", zip));
        assertInstalled("tiny");
        assertThat(server.ranges).containsExactly("", "bytes=1000-", "bytes=3000-");
        assertThat(notes).anyMatch(note -> note.startsWith("The connection broke"));
    }

    @Test
    void anInterruptedDownloadGoesOnWithTheNextCommandUnlessTheFileHasChanged() throws Exception {
        byte[] zip = ModelArchives.zip(source, "");
        URI address = server.put("/tiny.zip", zip);
        server.breaks.addAll(List.of(1000, 0, 0, 0, 0));
        assertRefused(() -> add(address), "the same command goes on where it ended");
        server.ranges.clear();
        server.version = "\"2\"";
        server.breaks.addAll(List.of(500, 0, 0, 0, 0));
        assertRefused(() -> add(address), "the same command goes on where it ended");
        assertThat(server.ranges).startsWith("bytes=1000-", "bytes=500-");
        server.ranges.clear();
        add(address);
        assertInstalled("tiny");
        assertThat(server.ranges).containsExactly("bytes=500-");
    }

    @Test
    void partsOfTwoVersionsAreNotMixedThoughTheServerWould() throws Exception {
        URI address = server.put("/tiny.tar", ModelArchives.tar(source, ""));
        server.breaks.addAll(List.of(1000, 0, 0, 0, 0));
        assertRefused(() -> add(address), "the same command goes on where it ended");
        server.ranges.clear();
        server.version = "\"2\"";
        server.ignoresVersions = true;
        add(address);
        assertInstalled("tiny");
        assertThat(server.ranges).containsExactly("bytes=1000-", "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Checking", "Unpacking"})
    void whatHasComeWholeIsNotDownloadedAgainWhenTheProcessWasKilledAfterwards(String midst) throws Exception {
        byte[] zip = ModelArchives.zip(source, "");
        String address = server.put("/tiny.zip", zip).toString();
        Optional<Checksum> sum = Optional.of(sum(zip));
        fail(midst, new IllegalStateException("killed"));
        assertThatThrownBy(() -> installer().install(address, null, sum, false)).hasMessage("killed");
        installer().install(address, null, sum, false);
        assertInstalled("tiny");
        assertThat(server.ranges).containsExactly("", "bytes=%d-".formatted(zip.length));
        assertThat(notes).isEmpty();
        assertNothingUnfinished();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatHasComeWholeIsDownloadedAgainIfTheFileHasChanged(boolean inItsLengthOnly) throws Exception {
        URI address = server.put("/tiny.zip", ModelArchives.zip(source, "a/longer/prefix/"));
        fail("Unpacking", new IllegalStateException("killed"));
        assertThatThrownBy(() -> add(address)).hasMessage("killed");
        server.ignoresVersions = true;
        if (inItsLengthOnly) {
            server.put("/tiny.zip", ModelArchives.zip(source, ""));
        } else {
            server.version = "\"2\"";
        }
        add(address);
        assertInstalled("tiny");
        assertThat(server.ranges).hasSize(3).last().isEqualTo("");
        assertNothingUnfinished();
    }

    @Test
    void aDownloadOutlivesADiskThatIsFullWhenItIsUnpacked() throws Exception {
        byte[] zip = ModelArchives.zip(source, "");
        URI address = server.put("/tiny.zip", zip);
        fail("Unpacking", new IOException("No space left on device"));
        assertRefused(
                () -> add(address),
                "/tiny.zip can't be installed: %s has no space left; the same command goes on with what has come"
                        .formatted(models));
        add(address);
        assertInstalled("tiny");
        assertThat(server.ranges).containsExactly("", "bytes=%d-".formatted(zip.length));
    }

    @Test
    void aDiskThatIsFullWhileAFileComesIsNoBrokenConnection() throws Exception {
        fail("Downloading", new IOException("No space left on device"));
        assertRefused(
                () -> add(server.put("/tiny.zip", ModelArchives.zip(source, ""))),
                ".downloads has no space left; the same command goes on where it ended");
        assertThat(notes).noneMatch(note -> note.startsWith("The connection broke"));
    }

    @Test
    void anArchiveThatHoldsMoreThanTheDiskIsRefusedBeforeItIsUnpackedAndKept() throws Exception {
        byte[] zip = ModelArchives.zipThatClaims("unet/model.onnx", Long.MAX_VALUE / 2);
        URI address = server.put("/tiny.zip", zip);
        for (int attempt = 1; attempt <= 2; attempt++) {
            assertRefused(() -> add(address), models + " has too little space: 4611686018428 MB are needed");
        }
        assertThat(server.ranges).containsExactly("", "bytes=%d-".formatted(zip.length));
    }

    @Test
    void aServerWithoutRangesIsAskedForTheWholeAgain() throws Exception {
        server.refusesRanges = true;
        server.breaks.add(1000);
        add(server.put("/tiny.zip", ModelArchives.zip(source, "")));
        assertInstalled("tiny");
        assertThat(server.ranges).containsExactly("", "bytes=1000-");
    }

    @Test
    void aRedirectIsFollowed() throws Exception {
        server.put("/storage/4711", ModelArchives.zip(source, ""));
        add(server.redirect("/tiny.zip", "/storage/4711"));
        assertInstalled("tiny");
    }

    @Test
    void redirectsWithoutAnEndAreToldSo() {
        assertRefused(
                () -> add(server.redirect("/tiny.zip", "/tiny.zip")),
                "there are too many redirects, the last one to /tiny.zip");
    }

    @Test
    void aFileThatIsLargerThanTheDiskIsRefusedBeforeItComes() throws Exception {
        server.claims = Long.MAX_VALUE / 2;
        assertRefused(
                () -> add(server.put("/tiny.zip", ModelArchives.zip(source, ""))), ".downloads has too little space");
        assertThat(new ModelCatalogue(models).scan()).isEmpty();
    }

    @Test
    void aDamagedArchiveIsRefusedAndItsDownloadThrownAway() throws Exception {
        byte[] zip = ModelArchives.zip(source, "");
        byte[] packed = ModelArchives.tarGz(source, "");
        byte[] tar = ModelArchives.tar(source, "");
        for (byte[] whole : List.of(zip, packed, tar)) {
            byte[] half = Arrays.copyOf(whole, whole.length / 2);
            URI address = server.put("/half.bin", half);
            assertRefused(() -> add(address), "The archive is damaged");
        }
        URI cutInAFile = server.put("/half.tar", Arrays.copyOf(tar, 520));
        assertRefused(() -> add(cutInAFile), "The archive is damaged at model_index.json: Truncated TAR archive");
        assertThat(new ModelCatalogue(models).scan()).isEmpty();
        assertNothingUnfinished();
    }

    @Test
    void anArchiveThatHoldsSomethingTwiceIsDamaged() throws Exception {
        Map<List<String>, String> reasons = Map.of(
                List.of("a/x", "a/x"), "a/x: it is there twice",
                List.of("a/x", "a/./x"), "a/./x: it is there twice",
                List.of("a", "a/x/y"), "a/x/y: a is a file, too",
                List.of("a", "a/"), "a/: a is a file, too",
                List.of("a/x", "a"), "a: it is a folder, too");
        for (Map.Entry<List<String>, String> archive : reasons.entrySet()) {
            URI address = server.put("/twice.zip", ModelArchives.zipOf(archive.getKey()));
            assertRefused(() -> add(address), "The archive is damaged at " + archive.getValue());
        }
    }

    @Test
    void aSumIsCheckedWhetherGivenOrBesideTheArchive() throws Exception {
        byte[] zip = ModelArchives.zip(source, "");
        URI address = server.put("/tiny.zip", zip);
        Checksum wrong = new Checksum("0".repeat(64));
        assertRefused(
                () -> installer().install(address.toString(), null, Optional.of(wrong), false),
                "its SHA-256 is " + sum(zip).hex() + ", expected 000");
        server.put("/tiny.zip.sha256", (wrong.hex() + "  tiny.zip\n").getBytes(StandardCharsets.UTF_8));
        assertRefused(() -> add(address), "is not what it should be");
        server.put("/tiny.zip.sha256", (sum(zip).hex() + "  tiny.zip\n").getBytes(StandardCharsets.UTF_8));
        add(address);
        assertInstalled("tiny");
        assertThat(notes).noneMatch(note -> note.contains("No checksum"));
    }

    @Test
    void anArchiveThatWantsOutOfItsFolderIsRefused() throws Exception {
        for (String name : List.of("../evil.txt", "a/../../evil.txt", "/evil.txt", "..\\evil.txt")) {
            URI address = server.put("/evil.zip", ModelArchives.zip(name, "x"));
            assertRefused(() -> add(address), "wants to write outside of its folder");
        }
        URI link = server.put("/link.tar", ModelArchives.tarOfALink("model_index.json", "/etc/passwd"));
        assertRefused(() -> add(link), "which is no plain file");
        assertThat(folder.resolve("evil.txt")).doesNotExist();
        assertThat(models.resolve("evil.txt")).doesNotExist();
    }

    @Test
    void whatCanNotWorkIsRefusedWithTheReasonAndNeverAppears() throws Exception {
        assertRefused(() -> add(server.put("/x.zip", ModelArchives.zip("readme.txt", "x"))), "x holds no model");
        assertRefused(
                () -> add(server.put("/x.bin", "what is this".getBytes(StandardCharsets.UTF_8))),
                "x.bin is neither a .zip nor a .tar.gz nor a .tar");
        assertRefused(() -> add(server.put("/x.safetensors", new byte[300])), "tools/export_model.py does it");
        byte[] unnamed = "\12\0\0\0\0\0\0\0{\"__metadata__\":{}}".getBytes(StandardCharsets.ISO_8859_1);
        assertRefused(() -> add(server.put("/api/download/models/7", unnamed)), "7 is a checkpoint");
        byte[] page = "\n<!DOCTYPE html><html><body>Log in</body></html>".getBytes(StandardCharsets.UTF_8);
        assertRefused(() -> add(server.put("/model.zip", page)), "model.zip is a web page, not an archive");
        assertRefused(() -> add(server.put("/none.zip", new byte[0]).resolve("/other.zip")), "There is nothing at");
        Files.delete(source.resolve("unet/model.onnx"));
        assertRefused(
                () -> installer().install(source.toString(), null, Optional.empty(), false),
                "tiny can't be used: tiny/unet/model.onnx is missing");
        TinyPipeline.write(source.getParent(), "second");
        assertRefused(
                () -> installer().install(source.getParent().toString(), "all", Optional.empty(), false),
                "all holds 2 models");
        assertThat(new ModelCatalogue(models).scan()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://host/x.zip", "http://", "/no/such/file", "http://host/a b.zip"})
    void aSourceThatIsNoneIsRefused(String text) {
        assertThatThrownBy(() -> installer().install(text, "x", Optional.empty(), false))
                .isInstanceOf(InstallException.class);
    }

    @Test
    void linksAreFollowedWhenAFolderIsCopied() throws IOException, InstallException {
        Path weights = source.resolve("unet/model.onnx");
        Path blob = Files.move(weights, folder.resolve("blob"));
        Files.createSymbolicLink(weights, blob);
        installer().install(source.toString(), null, Optional.empty(), false);
        assertThat(models.resolve("tiny/unet/model.onnx")).isRegularFile().hasSameBinaryContentAs(blob);
        assertThat(Files.isSymbolicLink(models.resolve("tiny/unet/model.onnx"))).isFalse();
    }
}
