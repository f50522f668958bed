package dev.cm3leon.tokenizer;

import dev.cm3leon.documents.PromptLayout;
import dev.cm3leon.documents.Vocabulary;
import dev.cm3leon.model.ModelBundle;
import dev.cm3leon.model.text.TextTokenizer;
import dev.cm3leon.objectstore.ObjectStore;

/// What tokenizing takes of one model. Ids and codes of one model mean nothing to another.
///
/// @param id `name@version`
record TokenizerModel(String id, PromptLayout layout, Vocabulary vocabulary, TextTokenizer text, StoredImages images)
        implements AutoCloseable {

    static TokenizerModel open(ModelBundle bundle, ObjectStore store) {
        TextTokenizer text = bundle.openTextTokenizer();
        try {
            return new TokenizerModel(
                    bundle.id(),
                    bundle.promptLayout(),
                    bundle.vocabulary(),
                    text,
                    new StoredImages(store, bundle.id(), bundle.openVqTokenizer()));
        } catch (RuntimeException | Error e) {
            text.close(); // it is native
            throw e;
        }
    }

    @Override
    public void close() {
        text.close();
        images.vq().close();
    }
}
