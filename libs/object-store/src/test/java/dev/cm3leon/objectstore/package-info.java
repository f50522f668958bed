@NullMarked
package dev.cm3leon.objectstore;

import org.jspecify.annotations.NullMarked;
