/// The image tokenizer: 64x64 pixels to 8x8 codes and back.
@NullMarked
package dev.cm3leon.model.vq;

import org.jspecify.annotations.NullMarked;
