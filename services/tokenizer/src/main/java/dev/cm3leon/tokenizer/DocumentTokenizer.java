package dev.cm3leon.tokenizer;

import dev.cm3leon.documents.CaptionedImage;
import dev.cm3leon.documents.PromptLayout;
import dev.cm3leon.events.DocumentEvent;
import dev.cm3leon.events.DocumentEvent.Document;
import dev.cm3leon.events.DocumentEvent.DocumentAdded;
import dev.cm3leon.events.DocumentEvent.DocumentRejected;
import dev.cm3leon.events.DocumentEvent.DocumentTokenized;
import dev.cm3leon.events.ObjectRef;
import dev.cm3leon.objectstore.ObjectStore;
import java.util.Objects;
import tools.jackson.databind.json.JsonMapper;

/// Takes documents into the memory bank: checks them, and keeps their ids for retrieval and for the shards of a
/// training run.
final class DocumentTokenizer {

    static final String STEP = "tokenize";

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final TokenizerModel model;
    private final ObjectStore store;

    DocumentTokenizer(TokenizerModel model, ObjectStore store) {
        this.model = model;
        this.store = store;
    }

    /// [DocumentTokenized], or [DocumentRejected] with the reason.
    DocumentEvent tokenize(DocumentAdded added) {
        Document document = added.content();
        String words = document.text() == null ? "" : document.text();
        if (words.isBlank() && document.image() == null) return rejected(document, "it has neither text nor image");
        if (document.id().isBlank()) return rejected(document, "it has no id");
        try {
            int[] ids = model.text().encode(PromptLayout.textBefore(words, false));
            if (ids.length > longestText()) {
                return rejected(
                        document,
                        "need at most %d tokens of text, so that it fits into a prompt, got %d"
                                .formatted(longestText(), ids.length));
            }
            int[] codes = document.image() == null ? new int[0] : model.images().codes(document.image());
            byte[] json = JSON.writeValueAsBytes(new CaptionedImage(ids, codes));
            String key = store.putContent("documents", json, ".json", "application/json");
            return new DocumentTokenized(
                    document, model.id(), new ObjectRef(key, "application/json", json.length), added.at());
        } catch (IllegalArgumentException e) { // a refused image is one
            return rejected(document, Objects.toString(e.getMessage()));
        }
    }

    /// What is left of the context beside `E`, the document's image and breaks, a prompt as long as an image, and the
    /// image that is drawn.
    private int longestText() {
        return model.layout().context() - 3 * model.layout().grid().cells() - 8;
    }

    private static DocumentRejected rejected(Document document, String reason) {
        return new DocumentRejected(document.id(), STEP, reason);
    }
}
