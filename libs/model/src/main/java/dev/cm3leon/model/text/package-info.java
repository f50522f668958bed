/// The text tokenizer.
@NullMarked
package dev.cm3leon.model.text;

import org.jspecify.annotations.NullMarked;
