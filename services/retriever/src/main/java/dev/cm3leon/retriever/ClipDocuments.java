package dev.cm3leon.retriever;

import dev.cm3leon.events.DocumentEvent.Document;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.clip.ClipEncoder;
import dev.cm3leon.model.clip.Vectors;
import dev.cm3leon.objectstore.ObjectStore;
import dev.cm3leon.vectorindex.VectorIndex.Embedding;
import org.jspecify.annotations.Nullable;

/// The vectors of a document. That of its text and its image is the mean of both, each of length 1, made length 1 again
/// (CM3Leon section 2.1).
record ClipDocuments(ClipEncoder clip, ObjectStore store, Images images) implements Indexer.DocumentEncoder {

    /// @throws IllegalArgumentException when the image is gone or cannot be read, or there is nothing to encode
    @Override
    public Embedding encode(Document document) {
        float @Nullable [] text =
                document.text() == null || document.text().isBlank() ? null : clip.encode(document.text());
        float @Nullable [] image = document.image() == null ? null : image(document.image());
        if (text != null && image != null) return new Embedding(Vectors.document(text, image), image);
        if (text != null) return new Embedding(text, text);
        if (image != null) return new Embedding(image, image);
        throw new IllegalArgumentException("it has neither text nor image");
    }

    /// @throws IllegalArgumentException when the image is gone or cannot be read
    float[] image(ObjectRef ref) {
        byte[] bytes =
                store.get(ref.key()).orElseThrow(() -> new IllegalArgumentException("there is no image " + ref.key()));
        return clip.encode(bytes, ref.mediaType(), images);
    }
}
