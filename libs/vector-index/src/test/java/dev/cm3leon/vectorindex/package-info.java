@NullMarked
package dev.cm3leon.vectorindex;

import org.jspecify.annotations.NullMarked;
