/// Byte-pair encoding of text, learned here and written as a Hugging Face `tokenizer.json`.
@NullMarked
package dev.cm3leon.trainer.bpe;

import org.jspecify.annotations.NullMarked;
