@NullMarked
package dev.cm3leon.retriever;

import org.jspecify.annotations.NullMarked;
