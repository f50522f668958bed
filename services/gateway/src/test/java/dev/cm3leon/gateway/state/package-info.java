@NullMarked
package dev.cm3leon.gateway.state;

import org.jspecify.annotations.NullMarked;
