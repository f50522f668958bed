/// Text and pixels to ids, and ids back to text and pixels (CM3Leon sections 2.1 and 2.2).
@NullMarked
package dev.cm3leon.tokenizer;

import org.jspecify.annotations.NullMarked;
