package dev.cm3leon.corpora;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/// One pass over a dataset. Memory does not grow with it, but for ids of a split and odd names of pictures.
public final class Corpus implements Closeable {

    /// Where reading stands: how many records of which file are done.
    ///
    /// @param file number of the annotation file or shard, from 0
    public record Cursor(int file, long records) {
        public static final Cursor START = new Cursor(0, 0);

        public Cursor {
            if (file < 0 || records < 0) {
                throw new IllegalArgumentException(
                        "need file and records >= 0, got %d and %d".formatted(file, records));
            }
        }
    }

    private final Dataset dataset;
    private final Path folder;
    private final String split;
    private final List<Path> files;
    private Cursor cursor = Cursor.START;
    private @Nullable Records records;

    private Corpus(Dataset dataset, Path folder, String split, List<Path> files) {
        this.dataset = dataset;
        this.folder = folder;
        this.split = split;
        this.files = files;
    }

    /// @param split such as train, empty for all
    /// @param from where an earlier pass stopped
    /// @throws IOException when the folder has no file of this dataset
    public static Corpus open(Dataset dataset, Path folder, String split, Cursor from) throws IOException {
        var corpus = new Corpus(dataset, folder, split, dataset.files(folder, split));
        corpus.cursor = new Cursor(from.file, 0);
        while (corpus.cursor.records < from.records && corpus.cursor.file == from.file) {
            if (corpus.next() == null) break;
        }
        return corpus;
    }

    /// The next record, null at the end. A file that breaks off is one broken record, and the next file goes on.
    public @Nullable Found next() throws IOException {
        while (cursor.file < files.size()) {
            Found found = nextOfFile(files.get(cursor.file));
            if (found != null) {
                cursor = new Cursor(cursor.file, cursor.records + 1);
                return found;
            }
            close();
            cursor = new Cursor(cursor.file + 1, 0);
        }
        return null;
    }

    /// Where the next record stands; give it to [#open] to go on there.
    public Cursor cursor() {
        return cursor;
    }

    @Override
    public void close() throws IOException {
        if (records != null) records.close();
        records = null;
    }

    private @Nullable Found nextOfFile(Path file) throws IOException {
        try {
            if (records == null) records = dataset.open(folder, file, split);
            return records.next();
        } catch (JacksonException e) {
            close();
            records = nothing();
            return new Found.Broken(
                    "%s after record %d: %s".formatted(file.getFileName(), cursor.records, e.getOriginalMessage()),
                    "the rest of the file is not JSON");
        } catch (BrokenOffException e) {
            close();
            records = nothing();
            return new Found.Broken(
                    "%s after record %d: %s".formatted(file.getFileName(), cursor.records, e.getMessage()),
                    "the rest of the file cannot be read");
        }
    }

    private static Records nothing() {
        return new Records() {
            @Override
            public @Nullable Found next() {
                return null;
            }

            @Override
            public void close() {}
        };
    }

    /// The file ends where it should not, or is not of its format from here on.
    static final class BrokenOffException extends RuntimeException {
        BrokenOffException(String message) {
            super(message);
        }
    }
}
