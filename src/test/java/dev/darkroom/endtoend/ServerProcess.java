package dev.darkroom.endtoend;

import dev.darkroom.Darkroom;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A server in a process of its own, which can be killed. */
final class ServerProcess implements AutoCloseable {

    private static final Pattern READY = Pattern.compile("Darkroom is ready at http://127\\.0\\.0\\.1:(\\d+)");

    final Process process;
    private final Path home;
    private final List<String> lines = new ArrayList<>();
    private final CompletableFuture<Integer> port = new CompletableFuture<>();
    private final Thread reader;

    private ServerProcess(Path home, Process process) {
        this.home = home;
        this.process = process;
        reader = new Thread(this::read, "server-output");
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts a server with {@code settings} laid over its file's. */
    static ServerProcess start(Path home, Map<String, String> settings) throws IOException {
        return start(home, settings, List.of());
    }

    /** Starts a server in a virtual machine with {@code options}. */
    static ServerProcess start(Path home, Map<String, String> settings, List<String> options) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(ProcessHandle.current().info().command().orElseThrow());
        command.add("-Xmx256m");
        command.add("-XX:+UseSerialGC");
        command.addAll(options);
        String natives = System.getProperty("onnxruntime.native.path");
        if (natives != null) {
            command.add("-Donnxruntime.native.path=" + natives);
        }
        command.add("-Ddarkroom.home=" + home);
        if (!settings.containsKey("http.port")) {
            command.add("-Ddarkroom.http.port=0");
        }
        command.add("-Ddarkroom.sampler.device=cpu");
        settings.forEach((key, value) -> command.add("-Ddarkroom." + key + "=" + value));
        command.add(Darkroom.class.getName());
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).directory(home.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("DARKROOM_"));
        // not in the command line: ONNX Runtime 1.29 crashes when that is longer than some 4 kB
        builder.environment().put("CLASSPATH", absoluteClassPath());
        return new ServerProcess(home, builder.start());
    }

    private static String absoluteClassPath() {
        List<String> entries = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            entries.add(Path.of(entry).toAbsolutePath().toString());
        }
        return String.join(File.pathSeparator, entries);
    }

    private void read() {
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                synchronized (lines) {
                    lines.add(line);
                    lines.notifyAll();
                }
                Matcher ready = READY.matcher(line);
                if (ready.find()) {
                    port.complete(Integer.valueOf(ready.group(1)));
                }
            }
            port.completeExceptionally(new IOException("the server ended: " + lines()));
        } catch (IOException broken) {
            port.completeExceptionally(new UncheckedIOException(broken));
        }
    }

    /** Returns all that it said so far. */
    List<String> lines() {
        synchronized (lines) {
            return List.copyOf(lines);
        }
    }

    /** Returns the first line with these words, once it is said. */
    String line(String words) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
        synchronized (lines) {
            while (System.nanoTime() < until) {
                for (String line : lines) {
                    if (line.contains(words)) {
                        return line;
                    }
                }
                TimeUnit.NANOSECONDS.timedWait(lines, until - System.nanoTime());
            }
            throw new AssertionError("it did not say \"" + words + "\": " + lines);
        }
    }

    /** Returns a client once the server listens. */
    Client client() throws InterruptedException, ExecutionException, TimeoutException {
        return new Client(port.get(2, TimeUnit.MINUTES));
    }

    /** Returns the exit code of a process that ends by itself, with all that it said in {@link #lines()}. */
    int exit() throws InterruptedException {
        if (!process.waitFor(2, TimeUnit.MINUTES)) {
            throw new AssertionError("the server goes on: " + lines());
        }
        reader.join(60_000);
        return process.exitValue();
    }

    /** Returns the database's first process. */
    ProcessHandle database() throws IOException {
        String process = Files.readAllLines(home.resolve("data/postgres/cluster/postmaster.pid"))
                .get(0);
        return ProcessHandle.of(Long.parseLong(process)).orElseThrow();
    }

    /** Sends SIGKILL and waits for the process's end. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() {
        process.destroy();
        process.onExit().completeOnTimeout(process, 30, TimeUnit.SECONDS).join().destroyForcibly();
    }
}
