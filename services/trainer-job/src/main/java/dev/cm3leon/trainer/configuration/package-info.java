/// What a run is told: a JSON file, checked field by field before anything starts. Begin with
/// [TrainingConfiguration], whose fields are those of the file.
@NullMarked
package dev.cm3leon.trainer.configuration;

import org.jspecify.annotations.NullMarked;
