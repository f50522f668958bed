/// Images and texts in one space.
@NullMarked
package dev.cm3leon.model.clip;

import org.jspecify.annotations.NullMarked;
