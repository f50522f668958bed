@NullMarked
package dev.cm3leon.metrics;

import org.jspecify.annotations.NullMarked;
