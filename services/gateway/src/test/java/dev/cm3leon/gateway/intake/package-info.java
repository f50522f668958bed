@NullMarked
package dev.cm3leon.gateway.intake;

import org.jspecify.annotations.NullMarked;
