package dev.cm3leon.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A main class of the trainer as a process of its own, with this one's terminal: the command line itself has no
/// PyTorch.
final class TrainerProcess {
    private TrainerProcess() {}

    /// @return its exit code
    static int run(String main, List<String> arguments) {
        String checkout = System.getProperty("cm3.checkout");
        if (checkout == null) throw new Failure(Failure.OTHER, "no built checkout: start it with ./cm3");
        Path libraries = Path.of(checkout, "services/trainer-job/target/job/lib");
        if (!Files.isDirectory(libraries))
            throw new Failure(Failure.OTHER, "the trainer is not built: no " + libraries);
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+UseSerialGC",
                "-Djava.awt.headless=true",
                "-cp",
                libraries.resolve("*").toString(),
                main));
        command.addAll(arguments);
        try {
            return new ProcessBuilder(command).inheritIO().start().waitFor();
        } catch (IOException e) {
            throw new Failure(Failure.OTHER, "cannot start the trainer: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure(Failure.OTHER, "interrupted");
        }
    }
}
