package dev.cm3leon.cli.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A process that holds the lock of those who start a platform, and has started nothing yet.
public final class StartingPlatform implements AutoCloseable {
    /// A command that starts a platform, and the platform: when it is told to, it takes the folder.
    private static final String PROGRAM = """
            import java.nio.channels.FileChannel;
            import java.nio.file.*;

            void main(String[] arguments) throws Exception {
                Path home = Path.of(arguments[0]);
                var up = open(home.resolve("up.lock"));
                IO.println("about to");
                System.in.read();
                var platform = open(home.resolve("platform.lock"));
                long pid = ProcessHandle.current().pid();
                Path file = Files.writeString(home.resolve("platform.json.new"),
                        "{\\"pid\\":%d,\\"port\\":7,\\"starting\\":true}".formatted(pid));
                Files.move(file, home.resolve("platform.json"));
                up.close();
                IO.println("begun");
                Thread.currentThread().join();
            }

            FileChannel open(Path lock) throws Exception {
                var channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                channel.lock();
                return channel;
            }
            """;

    private final Process process;

    public StartingPlatform(Path home) throws IOException {
        Path program = Files.writeString(home.resolve("Starting.java"), PROGRAM);
        process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        program.toString(),
                        home.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        if (!line().equals("about to")) throw new IllegalStateException("it did not take the lock");
    }

    /// What it says next.
    String line() throws IOException {
        return String.valueOf(process.inputReader().readLine());
    }

    /// Tells it to take the folder.
    public void begin() {
        try {
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// As the system says.
    public boolean isAlive() {
        return process.toHandle().isAlive();
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
