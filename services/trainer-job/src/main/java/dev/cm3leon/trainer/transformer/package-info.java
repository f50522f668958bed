/// The CM3 transformer: its documents, its layers, its loss.
@NullMarked
package dev.cm3leon.trainer.transformer;

import org.jspecify.annotations.NullMarked;
