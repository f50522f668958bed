package dev.cm3leon.tokenizer;

import dev.cm3leon.documents.PromptLayout;
import dev.cm3leon.events.DocumentEvent;
import dev.cm3leon.events.DocumentEvent.Document;
import dev.cm3leon.events.DocumentEvent.DocumentAdded;
import dev.cm3leon.events.DocumentEvent.DocumentRejected;
import dev.cm3leon.events.DocumentEvent.DocumentTokenized;
import java.util.Objects;

/// Takes documents into the memory bank: checks them, and keeps the codes of their images for the prompts
/// that they will stand in front of.
final class DocumentTokenizer {

    static final String STEP = "tokenize";

    private final TokenizerModel model;

    DocumentTokenizer(TokenizerModel model) {
        this.model = model;
    }

    /// [DocumentTokenized], or [DocumentRejected] with the reason.
    DocumentEvent tokenize(DocumentAdded added) {
        Document document = added.content();
        String words = document.text() == null ? "" : document.text();
        if (words.isBlank() && document.image() == null) return rejected(added, "it has neither text nor image");
        if (document.id().isBlank()) return rejected(added, "it has no id");
        try {
            int[] ids = model.text().encode(PromptLayout.textBefore(words, false));
            int most = model.layout().longestDocument();
            if (ids.length > most) {
                return rejected(
                        added,
                        "need at most %d tokens of text, so that it fits into a prompt, got %d"
                                .formatted(most, ids.length));
            }
            if (document.image() != null) model.images().documentCodes(document.image());
            return new DocumentTokenized(document, model.id(), added.at());
        } catch (IllegalArgumentException e) { // a refused image is one
            return rejected(added, Objects.toString(e.getMessage()));
        }
    }

    private static DocumentRejected rejected(DocumentAdded added, String reason) {
        return new DocumentRejected(added.document(), STEP, reason, added.at());
    }
}
