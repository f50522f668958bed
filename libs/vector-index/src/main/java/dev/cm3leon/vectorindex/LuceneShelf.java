package dev.cm3leon.vectorindex;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Lucene indexes in sub-folders of a folder; the file `current` names the one that is searched.
final class LuceneShelf implements Shelf {

    private static final String SEGMENTS = "segments_";

    private final Path folder;
    private final Path pointer;

    LuceneShelf(Path folder) {
        this.folder = folder;
        this.pointer = folder.resolve("current");
    }

    @Override
    public List<String> names() {
        return files(folder).stream()
                .filter(Files::isDirectory)
                .map(file -> file.getFileName().toString())
                .filter(name -> IndexName.of(name).isPresent())
                .toList();
    }

    @Override
    public Optional<String> current() {
        try {
            return Files.exists(pointer) ? Optional.of(Files.readString(pointer).strip()) : Optional.empty();
        } catch (IOException e) {
            throw failed("read", pointer, e);
        }
    }

    @Override
    public synchronized boolean point(@Nullable String expected, String name) {
        if (!current().equals(Optional.ofNullable(expected))) return false;
        Path next = folder.resolve("current.next");
        try {
            Files.writeString(next, name + "\n");
            Files.move(next, pointer, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return true;
        } catch (IOException e) {
            throw failed("write", pointer, e);
        }
    }

    @Override
    public VectorIndex make(String name, int dimension) {
        return new LuceneVectorIndex(folder.resolve(name));
    }

    @Override
    public void requireRoomBeside(String name) {
        long needed = files(folder.resolve(name)).stream()
                .mapToLong(file -> file.toFile().length())
                .sum();
        long free = folder.toFile().getUsableSpace();
        if (free >= needed) return;
        throw new IllegalStateException("need %d bytes on the disk of %s for an index as large as %s, got %d"
                .formatted(needed, folder, name, free));
    }

    @Override
    public VectorIndex open(String name) {
        Path index = folder.resolve(name);
        if (!Files.isDirectory(index)) throw new IndexGone(name, null);
        return new LuceneVectorIndex(index);
    }

    /// What names the other files goes first: what is left where that is cut short is an empty index.
    @Override
    public void drop(String name) {
        Path index = folder.resolve(name);
        files(index).stream()
                .filter(file -> !Files.isDirectory(file))
                .sorted(Comparator.comparing(
                        file -> !file.getFileName().toString().startsWith(SEGMENTS)))
                .forEach(LuceneShelf::delete);
        delete(index);
    }

    private static List<Path> files(Path folder) {
        if (!Files.isDirectory(folder)) return List.of();
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        } catch (IOException e) {
            throw failed("list", folder, e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw failed("delete", file, e);
        }
    }

    private static UncheckedIOException failed(String what, Path file, IOException e) {
        return new UncheckedIOException("could not " + what + " " + file + ": " + e.getMessage(), e);
    }

    /// One process opens the folder: nobody else has looked.
    @Override
    public Duration settles() {
        return Duration.ZERO;
    }

    @Override
    public void close() {}
}
