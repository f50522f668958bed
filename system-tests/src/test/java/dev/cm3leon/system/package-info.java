/// The whole pipeline over a real broker, and the rules of the architecture.
@NullMarked
package dev.cm3leon.system;

import org.jspecify.annotations.NullMarked;
