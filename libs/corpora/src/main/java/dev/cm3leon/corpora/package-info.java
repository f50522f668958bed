/// Public datasets as they are published, read in one pass that needs little memory: what is broken is skipped with
/// its reason, and reading can go on where it stopped.
@NullMarked
package dev.cm3leon.corpora;

import org.jspecify.annotations.NullMarked;
