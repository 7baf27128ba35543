package dev.darkroom;

import dev.darkroom.model.ModelCatalogue;
import dev.darkroom.model.ModelFiles;
import dev.darkroom.model.ModelFolder;
import dev.darkroom.model.install.Checksum;
import dev.darkroom.model.install.Download;
import dev.darkroom.model.install.InstallException;
import dev.darkroom.model.install.ModelInstaller;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code darkroom models ...}: brings models, lists them and takes them away. */
final class ModelsCommand {

    static final String USAGE = """
            darkroom models add <url or path> [--name NAME] [--sha256 SUM] [--replace]
                Installs a model from a .zip or .tar.gz, or from a folder. A download that was interrupted goes on
                where it ended. Without --sha256 the sum in <url>.sha256 counts, if there is one.
            darkroom models list
                Tells what the models folder holds.
            darkroom models remove NAME
                Deletes a model's folder.
            darkroom models measure NAME
                Measures how long a model's calls take by their number of rows, for servers that start later.
            """;

    private static final int DONE = 0;
    private static final int FAILED = 1;
    private static final int WRONG_USE = 2;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path models;
    private final PrintStream out;
    private final PrintStream err;
    private final ProgressBar progress;

    /** @param terminal somebody watches {@code err} */
    ModelsCommand(Path models, PrintStream out, PrintStream err, boolean terminal) {
        this.models = models;
        this.out = out;
        this.err = err;
        this.progress = new ProgressBar(err, terminal, System::nanoTime);
    }

    /**
     * Does what is asked.
     *
     * @param arguments without the leading {@code models}
     * @return the exit code: 0 if it is done, 1 if it failed, 2 if nobody can know what is meant
     */
    int run(List<String> arguments) {
        Deque<String> words = new ArrayDeque<>(arguments);
        String verb = words.isEmpty() ? "" : words.poll();
        try {
            switch (verb) {
                case "add" -> add(words);
                case "list" -> list(words);
                case "remove" -> remove(words);
                default -> throw new UsageException("models needs add, list, remove or measure");
            }
            return DONE;
        } catch (UsageException wrong) {
            err.println("darkroom: " + wrong.getMessage());
            err.print(USAGE);
            return WRONG_USE;
        } catch (InstallException failed) {
            progress.end();
            err.println("darkroom: " + failed.getMessage());
            return FAILED;
        }
    }

    private void add(Deque<String> words) throws UsageException, InstallException {
        String source = null;
        String name = null;
        Optional<Checksum> sum = Optional.empty();
        boolean replace = false;
        while (!words.isEmpty()) {
            String word = words.poll();
            switch (word) {
                case "--name" -> name = value(word, words);
                case "--sha256" -> {
                    String text = value(word, words);
                    sum = Checksum.in(text);
                    if (sum.isEmpty()) {
                        throw new UsageException("--sha256 takes 64 hexadecimal digits, not " + text);
                    }
                }
                case "--replace" -> replace = true;
                default -> {
                    if (word.startsWith("-") || source != null) {
                        throw new UsageException("\"%s\" is not understood".formatted(word));
                    }
                    source = word;
                }
            }
        }
        if (source == null) {
            throw new UsageException("models add needs the address or path of a model");
        }
        Download download = new Download(ModelInstaller.unfinished(models), progress, PATIENCE, Map.of());
        String added = new ModelInstaller(models, download, progress).install(source, name, sum, replace);
        progress.end();
        out.println("Model %s is in %s.".formatted(added, models.resolve(added)));
        out.println("A running server finds it with: POST /v1/engines/models/rescan");
    }

    private static String value(String option, Deque<String> words) throws UsageException {
        if (words.isEmpty()) {
            throw new UsageException(option + " needs a value");
        }
        return words.poll();
    }

    private void list(Deque<String> words) throws UsageException {
        refuseMore(words);
        List<ModelFolder> found = new ModelCatalogue(models).scan();
        if (found.isEmpty()) {
            out.println("There is no model in %s.".formatted(models));
        }
        for (ModelFolder model : found) {
            String told =
                    model.problem() == null ? model.defaults().description() : "can't be used: " + model.problem();
            out.println("%-24s %8s  %s"
                    .formatted(
                            model.name(),
                            ProgressBar.size(ModelFiles.of(model.path()).weights()),
                            told)
                    .stripTrailing());
        }
    }

    private void remove(Deque<String> words) throws UsageException, InstallException {
        if (words.isEmpty()) {
            throw new UsageException("models remove needs a name");
        }
        String name = words.poll();
        refuseMore(words);
        Download none = new Download(ModelInstaller.unfinished(models), progress, PATIENCE, Map.of());
        new ModelInstaller(models, none, progress).remove(name);
        out.println("Model %s is gone.".formatted(name));
    }

    private static void refuseMore(Deque<String> words) throws UsageException {
        if (!words.isEmpty()) {
            throw new UsageException("\"%s\" is not understood".formatted(words.poll()));
        }
    }

    /** Nobody can know what is meant. */
    private static final class UsageException extends Exception {
        private static final long serialVersionUID = 1L;

        UsageException(String message) {
            super(message);
        }
    }
}
