package dev.cm3leon.corpora;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Records that are elements of a JSON file.
abstract class JsonRecords implements Records {
    private final Path file;
    private final JsonElements elements;

    JsonRecords(Path file, JsonElements elements) {
        this.file = file;
        this.elements = elements;
    }

    /// What one element holds; null to pass over it.
    abstract @Nullable Found found(String origin, JsonElements.Element element);

    @Override
    public @Nullable Found next() {
        while (true) {
            JsonElements.Element element = elements.next();
            if (element == null) return null;
            Found found = found(file.getFileName() + " record " + element.key(), element);
            if (found != null) return found;
        }
    }

    @Override
    public void close() throws IOException {
        elements.close();
    }
}
