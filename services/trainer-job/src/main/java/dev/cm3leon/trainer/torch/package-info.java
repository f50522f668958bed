/// What every training stage needs of PyTorch: named parameters, the optimizer, checkpoints and the loop.
@NullMarked
package dev.cm3leon.trainer.torch;

import org.jspecify.annotations.NullMarked;
