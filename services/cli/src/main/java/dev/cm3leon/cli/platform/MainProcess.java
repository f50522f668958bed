package dev.cm3leon.cli.platform;

import dev.cm3leon.cli.terminal.Failure;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A main class of the built checkout as a process of its own, with this one's terminal: the command line itself has
/// neither PyTorch nor ONNX Runtime.
///
/// @param libraries folder of the checkout with all that it needs
/// @param memory of its Java heap, as `-Xmx` takes it
public record MainProcess(String name, String libraries, String memory) {
    private static final int PATIENCE_SECONDS = 10;

    public static MainProcess ofTrainer(String name, String memory) {
        return new MainProcess("dev.cm3leon.trainer." + name, "services/trainer-job/target/job/lib", memory);
    }

    public static MainProcess ofPlatform(String name, String memory) {
        return new MainProcess("dev.cm3leon." + name, "services/standalone/target/platform/lib", memory);
    }

    /// Adds an option to a process's arguments where it was said.
    public static void add(List<String> arguments, String option, @Nullable String value) {
        if (value != null) arguments.addAll(List.of(option, value));
    }

    /// For a command that tells what the process tells, which knows JSON itself.
    ///
    /// @return the exit code
    public int tell(List<String> arguments, boolean json) {
        if (!json) return run(arguments, Redirect.INHERIT);
        runForJson(arguments, Redirect.INHERIT);
        return 0;
    }

    /// For a command that was asked for JSON, and gives one document of a failure too. Why it failed the
    /// process has said itself.
    ///
    /// @throws Failure when it ends with another exit code than 0
    public void runForJson(List<String> arguments, Redirect out) {
        int code = run(arguments, out);
        if (code == 0) return;
        String main = name.substring(name.lastIndexOf('.') + 1);
        throw new Failure(code, "%s ended with exit code %d: what it said is on standard error".formatted(main, code));
    }

    /// @param out where its standard output goes
    /// @return its exit code
    public int run(List<String> arguments, Redirect out) {
        String checkout = System.getProperty("cm3.checkout");
        if (checkout == null) throw new Failure(Failure.OTHER, "no built checkout: start it with ./cm3");
        Path folder = Path.of(checkout, libraries);
        if (!Files.isDirectory(folder)) throw new Failure(Failure.OTHER, "not built: no " + folder);
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + memory,
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow", // of JavaCPP; else the JVM warns of it each time
                "-Djava.awt.headless=true",
                "-Dai.djl.offline=true",
                "-Dslf4j.internal.verbosity=ERROR", // nothing of there being no log
                "-cp",
                folder.resolve("*").toString(),
                name));
        command.addAll(arguments);
        var builder = new ProcessBuilder(command).inheritIO().redirectOutput(out);
        builder.environment().putIfAbsent("DJL_OFFLINE", "true");
        builder.environment().putIfAbsent("OPT_OUT_TRACKING", "true");
        return toItsEnd(name, builder);
    }

    /// Runs a process, which ends when this one does.
    ///
    /// @return its exit code
    public static int toItsEnd(String name, ProcessBuilder builder) {
        try {
            Process process = builder.start();
            Thread end = new Thread(() -> end(process));
            Runtime.getRuntime().addShutdownHook(end);
            int code = process.waitFor();
            Runtime.getRuntime().removeShutdownHook(end);
            return code;
        } catch (IOException e) {
            throw new Failure(Failure.OTHER, "cannot start %s: %s".formatted(name, e.getMessage()));
        } catch (IllegalStateException e) { // this one is being ended
            throw new Failure(Failure.OTHER, "interrupted");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.OTHER, "interrupted");
        }
    }

    private static void end(Process process) {
        process.destroy();
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
        }
    }
}
