/// The token language: vocabulary, document layout, CM3 masking and packing. Plain arrays, no framework.
///
/// A document is one stream of ids through one decoder ([TokenStream]). [DocumentLayout] writes the documents a
/// model is trained on, [PromptLayout] the streams it is asked to complete; both use the same code, so they agree
/// token for token.
@NullMarked
package dev.cm3leon.documents;

import org.jspecify.annotations.NullMarked;
