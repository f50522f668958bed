@NullMarked
package dev.cm3leon.events;

import org.jspecify.annotations.NullMarked;
