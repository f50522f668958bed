package dev.cm3leon.retriever;

import dev.cm3leon.events.DocumentEvent.Document;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.model.Images;
import dev.cm3leon.model.clip.ClipEncoder;
import dev.cm3leon.model.clip.Vectors;
import dev.cm3leon.objectstore.ObjectStore;
import org.jspecify.annotations.Nullable;

/// The vector of a document: of its text and its image together, or of the one that it has (CM3Leon section 2.1).
record ClipDocuments(ClipEncoder clip, ObjectStore store, Images images) implements Indexer.DocumentEncoder {

    /// @throws IllegalArgumentException when the image is gone or cannot be read, or there is nothing to encode
    @Override
    public float[] encode(Document document) {
        float @Nullable [] text =
                document.text() == null || document.text().isBlank() ? null : clip.encode(document.text());
        float @Nullable [] image = document.image() == null ? null : image(document.image());
        if (text != null && image != null) return Vectors.document(text, image);
        if (text != null) return text;
        if (image != null) return image;
        throw new IllegalArgumentException("it has neither text nor image");
    }

    /// @throws IllegalArgumentException when the image is gone or cannot be read
    float[] image(ObjectRef ref) {
        byte[] bytes =
                store.get(ref.key()).orElseThrow(() -> new IllegalArgumentException("there is no image " + ref.key()));
        return clip.encode(images.read(bytes, ref.mediaType(), clip.config().imageSize()));
    }
}
