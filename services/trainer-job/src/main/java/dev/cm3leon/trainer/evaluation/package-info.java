/// Measures a model through the running platform: requests over HTTP, documents found by the index, pictures judged by
/// a classifier that is used nowhere else.
@NullMarked
package dev.cm3leon.trainer.evaluation;

import org.jspecify.annotations.NullMarked;
