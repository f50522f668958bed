/// Decodes the candidates of many jobs together (CM3Leon section 3.1).
@NullMarked
package dev.cm3leon.generator;

import org.jspecify.annotations.NullMarked;
