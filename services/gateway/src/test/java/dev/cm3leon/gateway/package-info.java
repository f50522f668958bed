@NullMarked
package dev.cm3leon.gateway;

import org.jspecify.annotations.NullMarked;
