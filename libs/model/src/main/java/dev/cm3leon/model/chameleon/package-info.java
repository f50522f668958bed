/// The transformer of Chameleon, the paper's public relative: its checkpoints in both layouts.
@NullMarked
package dev.cm3leon.model.chameleon;

import org.jspecify.annotations.NullMarked;
