/// The CM3Leon transformer: its configuration, its graph, and its rows of cached streams.
@NullMarked
package dev.cm3leon.model.transformer;

import org.jspecify.annotations.NullMarked;
