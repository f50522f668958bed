/// A run while it goes on: its folder, who hears of it, how a stage learns and is gone on from. Begin with [Run].
@NullMarked
package dev.cm3leon.trainer.run;

import org.jspecify.annotations.NullMarked;
