/// Portraits whose every attribute is known: drawn, described, named and asked about without a data set.
@NullMarked
package dev.cm3leon.trainer.avatars;

import org.jspecify.annotations.NullMarked;
