package dev.cm3leon.corpora;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// Files of which a reader sees the old one or the whole new one, also when the machine goes down.
public final class WholeFile {
    private WholeFile() {}

    /// Replaces a file by these bytes; makes its folder where there is none.
    public static void write(Path file, byte[] bytes) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try {
            Files.write(part, bytes);
            replace(part, file);
        } finally {
            Files.deleteIfExists(part); // what did not fit would fill the disk
        }
    }

    /// Puts what was written beside a file in its place.
    public static void replace(Path part, Path file) throws IOException {
        try (var channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
