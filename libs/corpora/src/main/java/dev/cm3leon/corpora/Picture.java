package dev.cm3leon.corpora;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/// The picture of a sample: a file beside the dataset, or bytes of a shard.
public sealed interface Picture {

    byte[] read() throws IOException;

    record InFile(Path file) implements Picture {
        @Override
        public byte[] read() throws IOException {
            return Files.readAllBytes(file);
        }
    }

    record InMemory(byte[] bytes) implements Picture {
        @Override
        public byte[] read() {
            return bytes;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof InMemory(byte[] otherBytes) && Arrays.equals(bytes, otherBytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }
    }

    /// `png` or `jpg` by the first bytes, or empty for anything else.
    static String format(byte[] start) {
        if (start.length >= 4 && (start[0] & 0xff) == 0x89 && start[1] == 'P' && start[2] == 'N') return "png";
        if (start.length >= 3 && (start[0] & 0xff) == 0xff && (start[1] & 0xff) == 0xd8) return "jpg";
        return "";
    }
}
