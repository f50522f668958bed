@NullMarked
package dev.cm3leon.tokenizer;

import org.jspecify.annotations.NullMarked;
