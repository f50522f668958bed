/// One training run on PyTorch for Java: stages in, events and a model bundle out.
@NullMarked
package dev.cm3leon.trainer;

import org.jspecify.annotations.NullMarked;
