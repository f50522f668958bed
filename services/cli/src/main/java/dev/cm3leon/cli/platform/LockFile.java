package dev.cm3leon.cli.platform;

import dev.cm3leon.cli.terminal.Failure;
import dev.cm3leon.cli.terminal.Terminal;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Supplier;

/// A file that one process at a time holds. The system lets go of it when that process ends, however it ends.
record LockFile(Path path) {

    /// Whether a process holds it, be it this one.
    boolean isHeld() {
        try (var channel = FileChannel.open(path, StandardOpenOption.READ);
                var shared = channel.tryLock(0, Long.MAX_VALUE, true)) {
            return shared == null;
        } catch (OverlappingFileLockException e) {
            return true;
        } catch (IOException e) {
            return false; // nobody has made it
        }
    }

    /// Does something while this process holds it. While another one does, that is waited for, and said.
    <T> T holding(Supplier<T> work, String waiting, Terminal terminal) {
        try {
            Files.createDirectories(path.getParent());
            try (var channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                if (channel.tryLock() == null) {
                    terminal.progress("Waiting", waiting);
                    channel.lock();
                    terminal.settle();
                }
                return work.get(); // closing the channel lets go of it
            }
        } catch (IOException e) {
            throw new Failure(Failure.OTHER, "cannot lock %s: %s".formatted(path, e.getMessage()));
        }
    }
}
