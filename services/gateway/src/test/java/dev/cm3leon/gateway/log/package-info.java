@NullMarked
package dev.cm3leon.gateway.log;

import org.jspecify.annotations.NullMarked;
