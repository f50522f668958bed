/// Named things in scenes: small pictures on a card, laid on cells of the image tokenizer's grid so that a thing
/// has the same codes wherever it stands.
@NullMarked
package dev.cm3leon.trainer.scenes;

import org.jspecify.annotations.NullMarked;
