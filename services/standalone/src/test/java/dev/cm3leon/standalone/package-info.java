@NullMarked
package dev.cm3leon.standalone;

import org.jspecify.annotations.NullMarked;
