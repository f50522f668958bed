/// What a training would take, before anything is trained: sizes of the paper, memory, operations, days.
@NullMarked
package dev.cm3leon.trainer.plan;

import org.jspecify.annotations.NullMarked;
