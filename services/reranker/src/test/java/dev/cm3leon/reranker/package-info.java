@NullMarked
package dev.cm3leon.reranker;

import org.jspecify.annotations.NullMarked;
