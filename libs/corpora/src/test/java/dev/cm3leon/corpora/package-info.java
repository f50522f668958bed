@NullMarked
package dev.cm3leon.corpora;

import org.jspecify.annotations.NullMarked;
