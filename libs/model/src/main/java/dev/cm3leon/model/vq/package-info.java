/// The image tokenizer: pixels to a grid of codes and back.
@NullMarked
package dev.cm3leon.model.vq;

import org.jspecify.annotations.NullMarked;
