/// Finds the documents a prompt is conditioned on, and keeps the index they are found in (CM3Leon section 2.1).
@NullMarked
package dev.cm3leon.retriever;

import org.jspecify.annotations.NullMarked;
