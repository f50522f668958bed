@NullMarked
package dev.cm3leon.generator;

import org.jspecify.annotations.NullMarked;
