package dev.cm3leon.retriever;

import dev.cm3leon.events.DocumentEvent.DocumentTokenized;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// The documents that were ever put in, in order of each one's additions. Methods throw
/// [java.io.UncheckedIOException] when it cannot be read now.
interface DocumentLog {

    /// A place in the log: what was read of each part of it.
    record Place(Map<Integer, Long> offsets) {

        static final Place BEGINNING = new Place(Map.of());

        public Place {
            offsets = Map.copyOf(offsets);
        }
    }

    /// How many additions there are behind a place.
    long count(Place from);

    /// Reads from a place to the end of the log as it is now.
    ///
    /// @param documents gets them, some at a time
    /// @return the place behind the last one
    Place read(Place from, Consumer<List<DocumentTokenized>> documents);
}
