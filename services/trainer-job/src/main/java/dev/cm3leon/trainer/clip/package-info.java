/// The encoder of search: pictures and sentences as unit vectors of one space.
@NullMarked
package dev.cm3leon.trainer.clip;

import org.jspecify.annotations.NullMarked;
