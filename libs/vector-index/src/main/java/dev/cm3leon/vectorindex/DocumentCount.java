package dev.cm3leon.vectorindex;

import java.util.Optional;

/// Counts the documents of the index that is searched, whatever it was made for. It makes no index.
public final class DocumentCount implements AutoCloseable {

    private final Shelf shelf;
    private String name = "";
    private Optional<VectorIndex> index = Optional.empty();

    private DocumentCount(Shelf shelf) {
        this.shelf = shelf;
    }

    /// @param pointer says which collection is searched where the server has no aliases
    public static DocumentCount inMilvus(MilvusServer server, Pointer pointer) {
        return new DocumentCount(new MilvusShelf(server, pointer));
    }

    /// None where there is no index yet.
    public long documents() {
        Optional<String> now = shelf.current();
        if (now.isEmpty()) return 0;
        if (!now.get().equals(name)) {
            name = now.get();
            index = Optional.of(shelf.open(name));
        }
        try {
            return index.map(VectorIndex::size).orElse(0L);
        } catch (IndexGone e) { // another one took its place just now
            name = "";
            return 0;
        }
    }

    @Override
    public void close() {
        shelf.close();
    }
}
